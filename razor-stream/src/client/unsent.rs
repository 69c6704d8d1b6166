//! A request that no connection has taken yet. Its drop completes it, because its sender gave up or panicked.
//!
//! Knows that a task is completed on every way out. Does not know where requests go.

use super::complete::{refuse, refuse_task};
use super::render::begin;
use super::task::ClientTask;
use super::{ClientConfig, Completion, Submission};
use crate::error::{RpcIntErr, made};
use std::time::Instant;

/// A request that no connection has taken.
pub(super) struct Unsent<'a, K: Completion> {
    request: Option<Submission<K>>,
    config: &'a ClientConfig,
}

impl<'a, K: Completion> Unsent<'a, K> {
    pub(super) const fn new(request: Submission<K>, config: &'a ClientConfig) -> Self {
        Self { request: Some(request), config }
    }

    /// Takes out the request, to hand it to a connection.
    pub(super) const fn take(&mut self) -> Option<Submission<K>> {
        self.request.take()
    }

    /// Keeps a request that a connection gave back.
    pub(super) fn put_back(&mut self, request: Submission<K>) {
        self.request = Some(request);
    }

    /// Returns when the request ends; its deadline begins to run now if it did not run before. `None` if the request
    /// has been taken out.
    pub(super) fn start(&mut self, now: Instant) -> Option<Instant> {
        self.request.as_mut().map(|request| request.deadline.start(now))
    }

    /// Completes the request with this reason.
    pub(super) fn refuse(&mut self, cause: RpcIntErr) {
        if let Some(request) = self.request.take() {
            refuse(request, cause, &self.config.log);
        }
    }
}

impl<K: Completion> Drop for Unsent<'_, K> {
    fn drop(&mut self) {
        if self.request.is_some() {
            self.refuse(made::sender_gave_up());
        }
    }
}

/// A task that has not been encoded.
pub(super) struct Unencoded<'a, K: Completion> {
    task: Option<K>,
    config: &'a ClientConfig,
}

impl<'a, K: ClientTask> Unencoded<'a, K> {
    pub(super) const fn new(task: K, config: &'a ClientConfig) -> Self {
        Self { task: Some(task), config }
    }

    /// Encodes the task. `None` if it cannot be sent; it is completed with the reason then.
    pub(super) fn encode(mut self) -> Option<Submission<K>> {
        let config = self.config;
        let task = self.task.as_mut()?;
        let timeout = task.common().timeout.unwrap_or(config.call_timeout);
        let rendered = begin(config, task.action(), |out| task.encode(out))
            .and_then(|begun| begun.finish(task.take_blob()));
        // Taken only now: a panic in the task's own code drops `self`, which completes the task.
        let task = self.task.take()?;
        match rendered {
            Ok(frame) => Some(Submission::new(frame, task, timeout)),
            Err(cause) => {
                refuse_task(task, cause, &config.log);
                None
            }
        }
    }
}

impl<K: Completion> Drop for Unencoded<'_, K> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            refuse_task(task, made::sender_gave_up(), &self.config.log);
        }
    }
}
