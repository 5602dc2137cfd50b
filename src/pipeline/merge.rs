use std::collections::VecDeque;

use super::message::{Analyse, Batch, Item, Order, Phase, Sent};

/// Puts what several workers send into the order of the input, so that a replay gives the same result for every number
/// of workers.
pub struct Merger {
    queues: Vec<VecDeque<Sent>>,
    /// Up to where each worker has sent everything.
    upto: Vec<Order>,
}

impl Merger {
    pub fn new(workers: usize) -> Self {
        let start = Order { capture: 0, frame: 0, phase: Phase::Tick };
        Merger { queues: (0..workers).map(|_| VecDeque::new()).collect(), upto: vec![start; workers] }
    }

    /// Takes a batch in and hands on all that can have nothing before it any more.
    pub fn push(&mut self, batch: Batch, analyst: &mut dyn Analyse) {
        for sent in batch.items {
            match sent.item {
                Item::Evidence { .. } => analyst.item(batch.worker, sent.item),
                _ => self.queues[batch.worker].push_back(sent),
            }
        }
        self.upto[batch.worker] = batch.upto;
        let complete = self.upto.iter().min().copied().unwrap_or_default();
        while let Some(order) = self.next_order().filter(|order| *order <= complete) {
            self.hand_on(order, analyst);
        }
    }

    /// Every worker has sent the end of the input.
    pub fn is_complete(&self) -> bool {
        self.upto.iter().all(|upto| upto.phase == Phase::End)
    }

    fn next_order(&self) -> Option<Order> {
        self.queues.iter().filter_map(|queue| queue.front()).map(|sent| sent.order).min()
    }

    fn hand_on(&mut self, order: Order, analyst: &mut dyn Analyse) {
        let mut group: Vec<(usize, Item)> = Vec::new();
        for (worker, queue) in self.queues.iter_mut().enumerate() {
            while queue.front().is_some_and(|sent| sent.order == order) {
                group.extend(queue.pop_front().map(|sent| (worker, sent.item)));
            }
        }
        if order.phase != Phase::Frame {
            // Which worker holds which conversation must not show: one fixed order, and one tick for all.
            group.sort_by_key(|(_, item)| rank(item));
            let last = group.iter().rposition(|(_, item)| matches!(item, Item::Tick(_)));
            let mut position = 0;
            group.retain(|(_, item)| {
                position += 1;
                !matches!(item, Item::Tick(_)) || Some(position - 1) == last
            });
        }
        for (worker, item) in group {
            analyst.item(worker, item);
        }
    }
}

/// What was only counted, then events by conversation, then reports, then the tick.
fn rank(item: &Item) -> (u8, Option<crate::event::FlowId>) {
    match item {
        Item::Repeated(_) => (0, None),
        Item::Event { event, .. } => (1, event.flow),
        Item::Match { finding, .. } => (1, finding.flow),
        Item::Evidence { .. } => (1, None),
        Item::Report(_) => (2, None),
        Item::Tick(_) => (3, None),
    }
}
