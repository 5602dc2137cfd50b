//! The rules that may match the piece in work, each once however often something of it is found.

/// Keeps its memory from piece to piece.
#[derive(Clone, Default)]
pub struct Candidates {
    pub rules: Vec<usize>,
    /// The piece for which a rule, or a list of rules, was taken last.
    taken: Vec<u64>,
    listed: Vec<u64>,
    piece: u64,
}

/// Rules that are found together.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// No other list has it.
    pub number: usize,
    pub rules: Vec<u32>,
}

impl Candidates {
    /// For so many rules and lists.
    pub fn new(rules: usize, lists: usize) -> Self {
        Candidates { rules: Vec::new(), taken: vec![0; rules], listed: vec![0; lists], piece: 0 }
    }

    /// The next piece begins.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.piece += 1;
    }

    pub fn take(&mut self, rule: usize) {
        if let Some(taken) = self.taken.get_mut(rule)
            && std::mem::replace(taken, self.piece) != self.piece
        {
            self.rules.push(rule);
        }
    }

    /// A piece that repeats one thing for ever costs no more than one look at it for each time.
    pub fn take_all(&mut self, list: &List) {
        if let Some(listed) = self.listed.get_mut(list.number)
            && std::mem::replace(listed, self.piece) != self.piece
        {
            list.rules.iter().for_each(|rule| self.take(*rule as usize));
        }
    }
}
