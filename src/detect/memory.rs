use std::hash::Hash;

use crate::event::Map;

/// A bounded map that forgets what was not asked for longest, half of it at a time; how much it forgot is counted.
#[derive(Debug)]
pub struct Memory<K, V> {
    young: Map<K, V>,
    old: Map<K, V>,
    half: usize,
    evicted: u64,
}

impl<K: Hash + Eq, V> Memory<K, V> {
    pub fn new(capacity: usize) -> Self {
        Memory { young: Map::default(), old: Map::default(), half: capacity.div_ceil(2).max(1), evicted: 0 }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// The entry of a key, made where there is none; it is young again.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let carried = self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.evicted += self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
        }
        self.young.entry(key).or_insert_with(|| carried.unwrap_or_else(make))
    }

    /// Gives back what stood there before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(&key);
        self.entry(key, || value);
        before
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// Entries that had to make room.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_no_more_than_its_capacity_and_counts_what_it_forgets() {
        let mut memory = Memory::new(10);
        for n in 0..1000 {
            *memory.entry(n, || 0) += 1;
            assert!(memory.young.len() + memory.old.len() <= 10);
        }
        assert!(memory.evicted() >= 985, "{}", memory.evicted());
        assert!(memory.get(&0).is_none() && memory.get(&999) == Some(&1));
    }

    #[test]
    fn what_is_asked_for_stays() {
        let mut memory = Memory::new(10);
        memory.insert("plc", 7);
        for n in 0..100_u32 {
            memory.entry("plc", || 0);
            let name: &'static str = if n % 2 == 0 { "one" } else { "other" };
            memory.entry(name, || 1);
        }
        assert_eq!(memory.get(&"plc"), Some(&7));
        assert_eq!(memory.insert("plc", 8), Some(7));
        assert_eq!(memory.remove(&"plc"), Some(8));
    }
}
