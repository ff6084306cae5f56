use std::future::Future;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::Incoming;

/// What a server asks of a service: `tower::Service<Request<Incoming>>` that answers with any [`Body`].
///
/// An axum `Router`, a tower stack and [`service_fn`] are such services. Do not implement this trait: it stands for the
/// bounds, so that they are written once.
///
/// The promise: the service is cloned for each connection, `poll_ready` is awaited before each `call`, one request of a
/// connection is under way at a time, and the future is polled in the connection's own task. A service that fails or
/// panics costs its client a 500 and the connection.
///
/// A connection may go from thread to thread, and the service with it. Where it does not, a [`LocalService`] will do.
pub trait HttpService:
    LocalService<
        ResponseBody: Body<Data: Send, Error: Send> + Send,
        ServiceError: Send,
        Answer: Send,
    > + Send
{
}

impl<S> HttpService for S where
    S: LocalService<
            ResponseBody: Body<Data: Send, Error: Send> + Send,
            ServiceError: Send,
            Answer: Send,
        > + Send
{
}

/// An [`HttpService`] that may hold what must not leave its thread, such as an `Rc`. For
/// [`Server::serve_connection`](crate::Server::serve_connection) on a `LocalSet`, and for servers with a thread for each
/// core.
pub trait LocalService: Clone + 'static {
    /// The body of its responses.
    type ResponseBody: Body + 'static;
    /// What goes wrong in it. Clients are not told.
    type ServiceError;
    /// One answer under way.
    type Answer: Future<Output = Result<Response<Self::ResponseBody>, Self::ServiceError>>;

    #[doc(hidden)]
    fn poll_service_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::ServiceError>>;
    #[doc(hidden)]
    fn answer(&mut self, request: Request<Incoming>) -> Self::Answer;
}

impl<S, B> LocalService for S
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
    B: Body + 'static,
{
    type ResponseBody = B;
    type ServiceError = S::Error;
    type Answer = S::Future;

    fn poll_service_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.poll_ready(cx)
    }

    fn answer(&mut self, request: Request<Incoming>) -> S::Future {
        self.call(request)
    }
}

/// A service from an async function of a request.
pub fn service_fn<F>(function: F) -> ServiceFn<F> {
    ServiceFn { function }
}

/// A service made by [`service_fn`].
#[derive(Clone, Copy)]
pub struct ServiceFn<F> {
    function: F,
}

impl<F> std::fmt::Debug for ServiceFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceFn").finish_non_exhaustive()
    }
}

impl<F, Fut, B, E> Service<Request<Incoming>> for ServiceFn<F>
where
    F: FnMut(Request<Incoming>) -> Fut,
    Fut: Future<Output = Result<Response<B>, E>>,
{
    type Response = Response<B>;
    type Error = E;
    type Future = Fut;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Fut {
        (self.function)(request)
    }
}
