//! Rules on decoded Modbus requests, by the function or the unit that each demands: a request meets only those that it may
//! fulfil.

use super::modbus::{Demand, ModbusCondition};
use crate::event::{Map, Operation};

#[derive(Default)]
pub struct Requests {
    functions: Map<u32, Vec<usize>>,
    units: Map<u64, Vec<usize>>,
    others: Vec<usize>,
}

impl Requests {
    pub fn add(&mut self, rule: usize, condition: &ModbusCondition) {
        match condition.demand() {
            Demand::Function(code) => self.functions.entry(code).or_default().push(rule),
            Demand::Unit(unit) => self.units.entry(unit).or_default().push(rule),
            Demand::Nothing => self.others.push(rule),
        }
    }

    /// Rules that a request may fulfil.
    pub fn of(&self, operation: &Operation) -> impl Iterator<Item = usize> {
        let functions = self.functions.get(&operation.function.code);
        let units = self.units.get(&ModbusCondition::unit_of(operation));
        [functions, units, Some(&self.others)].into_iter().flatten().flatten().copied()
    }
}
