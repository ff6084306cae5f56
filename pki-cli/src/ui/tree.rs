//! Lines that hang below one another.

/// A line and what hangs below it. The lines of an entry that has several stay together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) lines: Vec<String>,
    pub(crate) below: Vec<Self>,
}

impl Tree {
    /// All of it, drawn.
    pub(crate) fn draw(&self) -> Vec<String> {
        let mut drawn = self.lines.clone();
        let more = if self.below.is_empty() { "" } else { "│ " };
        for line in drawn.iter_mut().skip(1) {
            *line = format!("{more:2}{line}");
        }
        let last = self.below.len().saturating_sub(1);
        for (at, branch) in self.below.iter().enumerate() {
            let (first, rest) = if at == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            for (number, line) in branch.draw().into_iter().enumerate() {
                let before = if number == 0 { first } else { rest };
                drawn.push(format!("{before}{line}"));
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: &[&str], below: Vec<Tree>) -> Tree {
        Tree {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            below,
        }
    }

    #[test]
    fn branches_hang_below_their_stem() {
        let leaf = tree(&["leaf", "its names"], Vec::new());
        let one = tree(&["one", "of two"], vec![leaf.clone(), leaf]);
        let all = tree(&["root"], vec![one, tree(&["two"], Vec::new())]);
        let expected = "\
root
├─ one
│  │ of two
│  ├─ leaf
│  │    its names
│  └─ leaf
│       its names
└─ two";
        assert_eq!(all.draw().join("\n"), expected);
    }
}
