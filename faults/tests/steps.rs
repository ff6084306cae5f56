//! Each step does what it says to the bytes and to the clock.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use wharf_faults::{ALL, BLOCK_BYTES_MAX, End, Plan, Report, Script, Step, faulty_pipe};

const MS: Duration = Duration::from_millis(1);

/// What the receiver reads when `sent` is sent in one piece and closed: the pieces as they come, with the time of each.
async fn received(script: Script, sent: &[u8]) -> (Vec<(u128, Vec<u8>)>, Report) {
    let (mut a, mut b, network) = faulty_pipe(64 * 1024, Plan::a_to_b(script));
    let network = tokio::spawn(network);
    let start = Instant::now();
    a.write_all(sent).await.unwrap();
    a.shutdown().await.unwrap();
    let mut pieces = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = b.read(&mut buffer).await.unwrap();
        pieces.push((start.elapsed().as_millis(), buffer[..n].to_vec()));
        if n == 0 {
            break;
        }
    }
    drop((a, b));
    (pieces, network.await.unwrap())
}

/// Plays a script on a paused clock.
#[track_caller]
fn play(script: &Script, sent: &str) -> (Vec<(u128, String)>, Report) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (pieces, report) = runtime.block_on(received(script.clone(), sent.as_bytes()));
    let text = |(at, piece)| (at, String::from_utf8(piece).unwrap());
    (pieces.into_iter().map(text).collect(), report)
}

/// Which pieces arrive, after how many milliseconds.
#[track_caller]
fn check_pieces(script: Script, sent: &str, expected: &[(u128, &str)]) {
    let (pieces, report) = play(&script, sent);
    let pieces: Vec<_> = pieces.iter().map(|(at, piece)| (*at, &piece[..])).collect();
    assert_eq!(pieces, expected, "{script:?}");
    assert_eq!(report.a_to_b.end, End::Closed, "{script:?}");
}

/// What arrives, in whatever pieces.
#[track_caller]
fn check(script: Script, sent: &str, expected: &str) -> Report {
    let (pieces, report) = play(&script, sent);
    let content: String = pieces.into_iter().map(|(_, piece)| piece).collect();
    assert_eq!(content, expected, "{script:?}");
    let delivered = expected.len() as u64;
    assert_eq!(report.a_to_b.delivered, delivered, "{script:?}");
    report
}

#[test]
fn an_empty_script_lets_everything_pass() {
    check_pieces(Script::default(), "hello", &[(0, "hello"), (0, "")]);
}

#[test]
fn a_slice_is_read_alone() {
    let slice = |size, bytes| Script::new([Step::Slice { size, bytes }]);
    check_pieces(
        slice(2, ALL),
        "hello",
        &[(0, "he"), (0, "ll"), (0, "o"), (0, "")],
    );
    check_pieces(
        slice(1, 2),
        "hello",
        &[(0, "h"), (0, "e"), (0, "llo"), (0, "")],
    );
}

#[test]
fn a_drip_pauses_after_each_piece() {
    check_pieces(
        Script::dripped(2, 10 * MS),
        "hello",
        &[(0, "he"), (10, "ll"), (20, "o"), (30, "")],
    );
}

#[test]
fn a_delay_holds_what_comes_next_be_it_the_end() {
    check_pieces(
        Script::new([Step::Delay(7 * MS)]),
        "hello",
        &[(7, "hello"), (7, "")],
    );
    check_pieces(
        Script::after(3, Step::Delay(7 * MS)),
        "hello",
        &[(0, "hel"), (7, "lo"), (7, "")],
    );
    check_pieces(
        Script::after(5, Step::Delay(7 * MS)),
        "hello",
        &[(0, "hello"), (7, "")],
    );
}

#[test]
fn steps_that_change_the_content() {
    for (step, content) in [
        (Step::Corrupt { xor: 0x20 }, "hEllo"),
        (
            Step::Swap {
                first: 1,
                second: 2,
            },
            "hlleo",
        ),
        (Step::Duplicate { bytes: 2 }, "helello"),
        (Step::Lose { bytes: 3 }, "ho"),
    ] {
        check(Script::after(1, step), "hello", content);
    }
}

#[test]
fn a_block_that_is_never_whole_is_left_as_it_is() {
    for step in [
        Step::Swap {
            first: 2,
            second: 4,
        },
        Step::Duplicate { bytes: 6 },
    ] {
        check(Script::new([step]), "hello", "hello");
    }
}

#[test]
fn what_a_delay_has_read_is_what_the_next_step_works_on() {
    for (step, content) in [
        (
            Step::Swap {
                first: 1,
                second: 3,
            },
            "hlloe",
        ),
        (Step::Corrupt { xor: 0x20 }, "hEllo"),
        (Step::Duplicate { bytes: 3 }, "hellello"),
        (Step::Cut, "h"),
    ] {
        let steps = [Step::Delay(MS), Step::Pass { bytes: 1 }, step];
        check(Script::new(steps), "hello", content);
    }
}

#[test]
fn steps_that_end_the_stream() {
    for (step, end) in [(Step::HalfClose, End::HalfClosed), (Step::Cut, End::Cut)] {
        let report = check(Script::after(2, step), "hello", "he");
        assert_eq!(report.a_to_b.end, end);
    }
}

#[tokio::test]
async fn the_largest_blocks_are_swapped_and_a_larger_one_is_a_mistake() {
    let content: Vec<u8> = (0..BLOCK_BYTES_MAX).map(|n| n as u8).collect();
    let swap = |first, second| Script::new([Step::Swap { first, second }]);
    let (pieces, _) = received(swap(1, BLOCK_BYTES_MAX - 1), &content).await;
    assert_eq!(pieces[0].1[..2], [1, 2]);
    assert_eq!(pieces[0].1.last(), Some(&0));

    let (_a, _b, network) = faulty_pipe(64, Plan::a_to_b(swap(1, BLOCK_BYTES_MAX)));
    let panic = tokio::spawn(network).await.unwrap_err();
    assert!(panic.is_panic());
}

#[tokio::test]
async fn each_direction_has_its_own_script() {
    let plan = Plan {
        a_to_b: Script::new([Step::Corrupt { xor: 1 }]),
        b_to_a: Script::new([Step::Corrupt { xor: 2 }]),
    };
    let (mut a, mut b, network) = faulty_pipe(64, plan);
    let network = tokio::spawn(network);
    a.write_all(&[0, 0]).await.unwrap();
    b.write_all(&[0, 0]).await.unwrap();
    let (mut at_a, mut at_b) = ([9; 2], [9; 2]);
    a.read_exact(&mut at_a).await.unwrap();
    b.read_exact(&mut at_b).await.unwrap();
    assert_eq!((at_a, at_b), ([2, 0], [1, 0]));
    drop((a, b));
    network.await.unwrap();
}
