//! Suricata's `modbus:` keyword over decoded requests (user guide, "Modbus Keyword"), and two parts of our own: `exception`
//! for what the server answered, `umas` for what Schneider's software asks within function 90.

use super::number::number;
use crate::event::{Class, ModbusTable, Object, Operation, Unit, Value};

/// Function by which UMAS is carried.
const UMAS: u32 = 90;

/// `unit N, function N, subfunction N` or `access read|write table, address A, value V`, `exception N`, `umas N`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModbusCondition {
    unit: Option<Range>,
    function: Option<FunctionCondition>,
    access: Option<Access>,
    exception: Option<Number>,
    umas: Option<Number>,
}

/// The one thing by which a rule is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demand {
    Function(u32),
    Unit(u64),
    Nothing,
}

/// Any number of its kind, or one within a range; `!` turns it round.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Number {
    negated: bool,
    range: Option<Range>,
    /// For UMAS: the function's name without `umas_`.
    name: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum FunctionCondition {
    Code { code: u32, subfunction: Option<u16> },
    Category { category: FunctionCategory, negated: bool },
}

/// Modbus Application Protocol V1.1b3, section 5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FunctionCategory {
    Assigned,
    Unassigned,
    Public,
    User,
    Reserved,
    All,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Access {
    write: bool,
    table: Option<ModbusTable>,
    /// Counted from 1, as the keyword does.
    address: Option<Range>,
    value: Option<Range>,
}

/// `n`, `<n`, `>n`, or `a<>b` (strictly between).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Range {
    Is(u64),
    Under(u64),
    Over(u64),
    Between(u64, u64),
}

impl ModbusCondition {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut condition = ModbusCondition::default();
        for part in text.split(',') {
            let (name, value) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), ""));
            condition.add(name, value.trim())?;
        }
        Ok(condition)
    }

    /// Whether a request meets the condition.
    pub fn holds(&self, operation: &Operation) -> bool {
        operation.request_seen && self.holds_but_value(operation) && self.value_holds(operation)
    }

    /// Whether another request of the same function on the same objects could meet it with other values. Such
    /// behaviour is never taken for known.
    pub fn depends_on_value(&self, operation: &Operation) -> bool {
        self.access.as_ref().is_some_and(|access| access.value.is_some()) && self.holds_but_value(operation)
    }

    /// What a request must be in any case.
    pub fn demand(&self) -> Demand {
        match (&self.function, self.unit) {
            (Some(FunctionCondition::Code { code, .. }), _) => Demand::Function(*code),
            (_, Some(Range::Is(unit))) => Demand::Unit(unit),
            _ => Demand::Nothing,
        }
    }

    /// The unit that a request is for; 0 where its carrier has none.
    pub fn unit_of(operation: &Operation) -> u64 {
        match operation.unit {
            Some(Unit::Id(id)) => u64::from(id),
            _ => 0,
        }
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "unit" => self.unit = Some(Range::parse(value)?),
            "function" => self.function = Some(FunctionCondition::parse(value)?),
            "subfunction" => match &mut self.function {
                Some(FunctionCondition::Code { subfunction, .. }) => *subfunction = Some(number(value)?),
                _ => return Err("subfunction needs a function number before it".to_owned()),
            },
            "access" => self.access = Some(Access::parse(value)?),
            "address" => self.access_part("address")?.address = Some(Range::parse(value)?),
            "value" => {
                let access = self.access_part("value")?;
                if !access.write || !matches!(access.table, Some(ModbusTable::Coil | ModbusTable::HoldingRegister)) {
                    return Err("value needs access write coils or access write holding before it".to_owned());
                }
                access.value = Some(Range::parse(value)?);
            }
            "exception" => self.exception = Some(Number::parse(value)?),
            "umas" => self.umas = Some(Number::parse(value)?),
            other => return Err(format!("'{other}' is no part of the modbus keyword")),
        }
        Ok(())
    }

    fn access_part(&mut self, name: &str) -> Result<&mut Access, String> {
        self.access.as_mut().ok_or_else(|| format!("{name} needs access before it"))
    }

    fn holds_but_value(&self, operation: &Operation) -> bool {
        self.unit.is_none_or(|range| range.contains(Self::unit_of(operation)))
            && self.function.as_ref().is_none_or(|function| function.holds(operation))
            && self.access.as_ref().is_none_or(|access| access.is_made_by(operation))
            && self.exception.as_ref().is_none_or(|exception| exception.is_answer(operation))
            && self.umas.as_ref().is_none_or(|umas| umas.is_call(operation))
    }

    fn value_holds(&self, operation: &Operation) -> bool {
        let Some((access, range)) = self.access.as_ref().and_then(|a| Some((a, a.value?))) else { return true };
        access.items(operation).into_iter().any(|(first, values)| access.value_in(range, first, values))
    }
}

impl Number {
    fn parse(text: &str) -> Result<Self, String> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest.trim()));
        let is_name = text.starts_with(|c: char| c.is_ascii_lowercase());
        match text {
            "" => Err("a number, a range or 'any' is wanted".to_owned()),
            "any" => Ok(Number { negated, range: None, name: None }),
            name if is_name => Ok(Number { negated, range: None, name: Some(name.to_owned()) }),
            range => Ok(Number { negated, range: Some(Range::parse(range)?), name: None }),
        }
    }

    fn holds(&self, number: u64, name: &str) -> bool {
        let found = match (&self.range, &self.name) {
            (Some(range), _) => range.contains(number),
            (None, Some(wanted)) => wanted == name,
            (None, None) => true,
        };
        found != self.negated
    }

    /// Without an exception there is none to be another one either.
    fn is_answer(&self, operation: &Operation) -> bool {
        let error = operation.error.as_ref().filter(|_| operation.function.code != UMAS || !is_umas_error(operation));
        error.is_some_and(|error| self.holds(u64::from(error.code), &error.name))
    }

    fn is_call(&self, operation: &Operation) -> bool {
        let name = operation.function.name.strip_prefix("umas_").unwrap_or_default();
        let function = operation.function.subfunction.filter(|_| operation.function.code == UMAS);
        function.is_some_and(|function| self.holds(u64::from(function), name))
    }
}

/// UMAS has errors of its own within an answer that is no exception.
fn is_umas_error(operation: &Operation) -> bool {
    operation.error.as_ref().is_some_and(|error| error.name == "umas_error")
}

impl FunctionCondition {
    fn parse(text: &str) -> Result<Self, String> {
        if let Ok(code) = number::<u32>(text) {
            return Ok(FunctionCondition::Code { code, subfunction: None });
        }
        let (negated, name) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let category = match name {
            "assigned" => FunctionCategory::Assigned,
            "unassigned" => FunctionCategory::Unassigned,
            "public" => FunctionCategory::Public,
            "user" => FunctionCategory::User,
            "reserved" => FunctionCategory::Reserved,
            "all" => FunctionCategory::All,
            other => return Err(format!("'{other}' is no function number and no class of functions")),
        };
        Ok(FunctionCondition::Category { category, negated })
    }

    fn holds(&self, operation: &Operation) -> bool {
        match self {
            FunctionCondition::Code { code, subfunction } => {
                operation.function.code == *code
                    && subfunction.is_none_or(|wanted| operation.function.subfunction == Some(wanted))
            }
            FunctionCondition::Category { category, negated } => {
                category.contains(operation.function.code, operation.function.subfunction) != *negated
            }
        }
    }
}

impl FunctionCategory {
    fn contains(self, code: u32, subfunction: Option<u16>) -> bool {
        let assigned = match code {
            1..=7 | 11 | 12 | 15..=17 | 20..=24 => true,
            8 => subfunction.is_none_or(|sub| matches!(sub, 0..=4 | 10..=18 | 20)),
            43 => subfunction.is_none_or(|mei| matches!(mei, 13 | 14)),
            _ => false,
        };
        let user = matches!(code, 65..=72 | 100..=110);
        let reserved = matches!(code, 9 | 10 | 13 | 14 | 41 | 42 | 90 | 91 | 125..=127)
            || (code == 8 && subfunction == Some(19))
            || (code == 43 && subfunction.is_some_and(|mei| matches!(mei, 0..=12 | 15..=255)));
        match self {
            FunctionCategory::Assigned => assigned,
            FunctionCategory::User => user,
            FunctionCategory::Reserved => reserved,
            FunctionCategory::Unassigned => !assigned && !user && !reserved,
            FunctionCategory::Public => assigned || (!user && !reserved),
            FunctionCategory::All => true,
        }
    }
}

impl Access {
    fn parse(text: &str) -> Result<Self, String> {
        let (way, table) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let write = match way {
            "read" => false,
            "write" => true,
            other => return Err(format!("'{other}' is no access: read or write is wanted")),
        };
        let table = match table.trim() {
            "" => None,
            "coils" => Some(ModbusTable::Coil),
            "holding" => Some(ModbusTable::HoldingRegister),
            "discretes" if !write => Some(ModbusTable::DiscreteInput),
            "input" if !write => Some(ModbusTable::InputRegister),
            other => return Err(format!("'{other}' is no table that can be accessed so")),
        };
        Ok(Access { write, table, address: None, value: None })
    }

    fn is_made_by(&self, operation: &Operation) -> bool {
        !self.items(operation).is_empty() || self.is_of_files(operation)
    }

    /// File records lie in no table: read or written is all that may be asked of them.
    fn is_of_files(&self, operation: &Operation) -> bool {
        let way = if self.write { 21 } else { 20 };
        self.table.is_none() && self.address.is_none() && operation.function.code == way
    }

    /// Items that the access means: their first address (counted from 1) and values.
    fn items<'a>(&self, operation: &'a Operation) -> Vec<(u64, &'a [Value])> {
        // Function 23 writes its first item and reads its second.
        let read_too = operation.function.code == 23;
        let is_write = operation.class == Class::Write;
        let mut items = Vec::new();
        for (i, item) in operation.items.iter().enumerate() {
            let Some(Object::Modbus(range)) = &item.object else { continue };
            let writes = if read_too { i == 0 } else { is_write };
            let first = u64::from(range.address) + 1;
            let last = u64::from(range.address) + u64::from(range.quantity);
            let table = self.table.is_none_or(|table| table == range.table);
            let address = self.address.is_none_or(|address| address.meets(first, last));
            if writes == self.write && table && address {
                items.push((first, item.values.as_slice()));
            }
        }
        items
    }

    /// A value of an address that the condition means is in the range.
    fn value_in(&self, range: Range, first: u64, values: &[Value]) -> bool {
        values.iter().zip(first..).any(|(value, address)| {
            let meant = self.address.is_none_or(|wanted| wanted.contains(address));
            let number = match value {
                Value::Bool(on) => u64::from(*on),
                Value::UInt(n) => *n,
                _ => return false,
            };
            meant && range.contains(number)
        })
    }
}

impl Range {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some((low, high)) = text.split_once("<>") {
            return Ok(Range::Between(number(low.trim())?, number(high.trim())?));
        }
        match text.as_bytes().first() {
            Some(b'<') => Ok(Range::Under(number(text[1..].trim())?)),
            Some(b'>') => Ok(Range::Over(number(text[1..].trim())?)),
            _ => Ok(Range::Is(number(text)?)),
        }
    }

    fn contains(self, n: u64) -> bool {
        self.meets(n, n)
    }

    /// Some number from `first` to `last` is in the range.
    fn meets(self, first: u64, last: u64) -> bool {
        match self {
            Range::Is(n) => first <= n && n <= last,
            Range::Under(n) => first < n,
            Range::Over(n) => last > n,
            Range::Between(low, high) => last > low && first < high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Function, Item, ModbusRange, Outcome, ProtocolError};
    use crate::signature::sample::accepted;

    fn write(address: u16, values: &[u64]) -> Operation {
        let range = ModbusRange {
            table: ModbusTable::HoldingRegister,
            address,
            quantity: u16::try_from(values.len()).unwrap(),
        };
        let item =
            Item { values: values.iter().map(|v| Value::UInt(*v)).collect(), ..Item::new(Object::Modbus(range)) };
        let function = Function::new(16, "write_multiple_registers");
        Operation { unit: Some(Unit::Id(7)), ..accepted(function, Class::Write, [item]) }
    }

    fn holds(condition: &str, operation: &Operation) -> bool {
        ModbusCondition::parse(condition).unwrap().holds(operation)
    }

    #[test]
    fn the_value_is_that_of_the_address_counted_from_one() {
        let operation = write(99, &[5, 2000]);
        assert!(holds("access write holding, address 101, value >1999", &operation));
        assert!(!holds("access write holding, address 100, value >1999", &operation));
        assert!(holds("access write holding, address 50<>200, value 5", &operation));
        assert!(!holds("access read holding", &operation));
        assert!(!holds("access write coils", &operation));
    }

    #[test]
    fn functions_by_number_and_by_class() {
        let operation = write(0, &[1]);
        assert!(holds("function 16", &operation));
        assert!(holds("unit 7, function assigned", &operation));
        assert!(!holds("unit >7, function 16", &operation));
        assert!(!holds("function !assigned", &operation));
        assert!(holds("function !user", &operation));
    }

    #[test]
    fn exceptions_and_umas_functions_by_number_range_and_name() {
        let refused = |code, name: &'static str| Operation {
            outcome: Outcome::Refused,
            error: Some(ProtocolError::new(code, name)),
            ..write(0, &[1])
        };
        let operation = refused(2, "illegal_data_address");
        for text in ["exception 2", "exception any", "exception <3", "exception illegal_data_address", "exception !3"] {
            assert!(holds(text, &operation), "{text}");
        }
        assert!(!holds("exception 3", &operation) && !holds("exception !2", &operation));
        assert!(!holds("exception any", &write(0, &[1])) && !holds("exception !2", &write(0, &[1])));
        let function = Function::new(90, "umas_stop_plc").with_subfunction(0x41);
        let stop = Operation { function, class: Class::Control, ..refused(0x8083, "umas_error") };
        for text in ["umas 0x41", "umas 65", "umas stop_plc", "umas any", "umas 0x3f<>0x42", "function 90, umas !0x40"]
        {
            assert!(holds(text, &stop), "{text}");
        }
        assert!(!holds("umas 0x40", &stop) && !holds("umas any", &operation) && !holds("exception any", &stop));
    }

    #[test]
    fn file_records_are_read_and_written_without_a_table() {
        let function = Function::new(21, "write_file_record");
        let item = Item::new(Object::named("file 4 record 1"));
        let files = Operation { function, items: [item].into_iter().collect(), ..write(0, &[1]) };
        assert!(holds("access write", &files));
        assert!(!holds("access read", &files) && !holds("access write holding", &files));
        assert!(!holds("access write, address 1", &files));
    }

    #[test]
    fn a_rule_on_values_keeps_its_addresses_from_being_known() {
        let operation = write(99, &[5]);
        let on_value = |text| ModbusCondition::parse(text).unwrap().depends_on_value(&operation);
        assert!(on_value("access write holding, address 100, value >1999"));
        assert!(!on_value("access write holding, address 7, value >1999"));
        assert!(!on_value("access write holding, address 100"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text| ModbusCondition::parse(text).unwrap_err();
        assert!(wrong("access write input").contains("input"));
        assert!(wrong("address 5").contains("access"));
        assert!(wrong("access read holding, value 5").contains("value"));
        assert!(wrong("function most").contains("most"));
        assert!(wrong("colour 5").contains("colour"));
        assert!(wrong("exception").contains("any"));
        assert!(wrong("umas 0xzz").contains("0xzz"));
    }
}
