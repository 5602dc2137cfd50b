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

#[cfg(test)]
mod tests {
    use super::super::sample::accepted;
    use super::*;
    use crate::event::{Class, Function, Unit};

    const RULES: [&str; 6] = [
        "function 5",
        "unit 7",
        "unit 7, function 16",
        "function 8, subfunction 4",
        "unit <9, access write holding",
        "function user",
    ];

    fn rules() -> (Vec<ModbusCondition>, Requests) {
        let conditions: Vec<_> = RULES.iter().map(|text| ModbusCondition::parse(text).unwrap()).collect();
        let mut requests = Requests::default();
        conditions.iter().enumerate().for_each(|(rule, condition)| requests.add(rule, condition));
        (conditions, requests)
    }

    fn request(unit: Option<u8>, code: u32) -> Operation {
        let function = Function::new(code, "any");
        Operation { unit: unit.map(Unit::Id), ..accepted(function, Class::Write, []) }
    }

    #[test]
    fn a_request_meets_the_rules_on_its_function_on_its_unit_and_on_neither() {
        let (_, requests) = rules();
        let met = |unit, code| {
            let mut met: Vec<usize> = requests.of(&request(unit, code)).collect();
            met.sort_unstable();
            met
        };
        assert_eq!(met(Some(1), 5), [0, 4, 5]);
        assert_eq!(met(Some(7), 5), [0, 1, 4, 5]);
        assert_eq!(met(Some(7), 16), [1, 2, 4, 5]);
        assert_eq!(met(Some(7), 8), [1, 3, 4, 5]);
        assert_eq!(met(None, 3), [4, 5], "without a unit it counts as unit 0");
    }

    #[test]
    fn no_rule_that_holds_is_left_out() {
        let (conditions, requests) = rules();
        for unit in (0..=255).map(Some).chain([None]) {
            for code in 0..=127 {
                let operation = request(unit, code);
                let met: Vec<usize> = requests.of(&operation).collect();
                let holding = (0..conditions.len()).filter(|rule| conditions[*rule].holds(&operation));
                assert!(holding.into_iter().all(|rule| met.contains(&rule)), "unit {unit:?}, function {code}");
            }
        }
    }
}
