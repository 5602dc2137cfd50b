use super::info::Worth;

/// No entry.
pub const NONE: u32 = u32::MAX;

/// An entry's neighbours in the list of its worth.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    pub older: u32,
    pub newer: u32,
}

/// One list for each worth, from the longest silent conversation to the latest heard.
///
/// Holds only indices: the neighbours live in the entries, reached through the closure that each call is given.
#[derive(Debug)]
pub struct Lists {
    ends: [Links; Worth::ALL.len()],
}

impl Default for Lists {
    fn default() -> Self {
        Lists { ends: [Links { older: NONE, newer: NONE }; Worth::ALL.len()] }
    }
}

impl Lists {
    /// The longest silent entry of a worth.
    pub fn oldest(&self, worth: Worth) -> Option<u32> {
        let index = self.ends[worth as usize].older;
        (index != NONE).then_some(index)
    }

    pub fn push_newest<L: LinkStore>(&mut self, store: &mut L, worth: Worth, index: u32) {
        let ends = &mut self.ends[worth as usize];
        *store.links(index) = Links { older: ends.newer, newer: NONE };
        if ends.newer == NONE {
            ends.older = index;
        } else {
            store.links(ends.newer).newer = index;
        }
        ends.newer = index;
    }

    pub fn remove<L: LinkStore>(&mut self, store: &mut L, worth: Worth, index: u32) {
        let Links { older, newer } = *store.links(index);
        let ends = &mut self.ends[worth as usize];
        if older == NONE {
            ends.older = newer;
        } else {
            store.links(older).newer = newer;
        }
        if newer == NONE {
            ends.newer = older;
        } else {
            store.links(newer).older = older;
        }
    }
}

/// Where the entries' links are kept.
pub trait LinkStore {
    fn links(&mut self, index: u32) -> &mut Links;
}

#[cfg(test)]
mod tests {
    use super::*;

    impl LinkStore for Vec<Links> {
        fn links(&mut self, index: u32) -> &mut Links {
            &mut self[index as usize]
        }
    }

    #[test]
    fn the_longest_silent_goes_first_also_after_a_touch() {
        let mut store = vec![Links { older: NONE, newer: NONE }; 3];
        let mut lists = Lists::default();
        for i in 0..3 {
            lists.push_newest(&mut store, Worth::Stream, i);
        }
        lists.remove(&mut store, Worth::Stream, 0);
        lists.push_newest(&mut store, Worth::Stream, 0);
        let mut order = Vec::new();
        while let Some(oldest) = lists.oldest(Worth::Stream) {
            lists.remove(&mut store, Worth::Stream, oldest);
            order.push(oldest);
        }
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(lists.oldest(Worth::Control), None);
    }
}
