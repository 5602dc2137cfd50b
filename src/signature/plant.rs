//! Keywords about the plant: which part a machine plays (`asset.role`), where it stands (`zone`), and whether an act was ever
//! learnt (`baseline`). They are asked last, where inventory and baseline are known.

use crate::event::Side;

/// Parts that machines play, as the inventory names them.
pub const ROLES: [&str; 16] = [
    "plc",
    "hmi",
    "engineering_station",
    "server",
    "scada",
    "historian",
    "gateway",
    "drive",
    "cnc",
    "robot",
    "camera",
    "printer",
    "switch",
    "router",
    "pc",
    "phone",
];

/// Both machines are in zones, and not in the same one.
const CROSSED: &str = "crossed";

/// All that a rule asks of the plant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlantCondition {
    roles: Vec<Asked>,
    zones: Vec<Asked>,
    /// It must be new, or must not.
    new: Option<bool>,
}

/// What is known of the two machines of a match, client first, and of what they do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PlantView<'a> {
    pub roles: [Option<&'a str>; 2],
    pub zones: [Option<&'a str>; 2],
    pub is_new: bool,
}

/// One keyword: any of its names, or none of them.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Asked {
    negated: bool,
    /// Of whom; `None` of either.
    any: Vec<(Option<Side>, String)>,
}

impl PlantCondition {
    /// Adds a keyword; the error says what is wrong with its value.
    pub fn add(&mut self, keyword: &str, value: &str) -> Result<(), String> {
        match keyword {
            "asset.role" => self.roles.push(Asked::parse(value, |name| match ROLES.contains(&name) {
                true => Ok(()),
                false => Err(format!("'{name}' is no role: {} are", ROLES.join(", "))),
            })?),
            "zone" => self.zones.push(Asked::parse(value, |_| Ok(()))?),
            _ => {
                self.new = Some(match value.trim() {
                    "new" => true,
                    "!new" => false,
                    other => return Err(format!("'{other}' is not known: new or !new is wanted")),
                });
            }
        }
        Ok(())
    }

    /// What was learnt never meets it.
    pub fn wants_new(&self) -> bool {
        self.new == Some(true)
    }

    pub fn holds(&self, view: &PlantView<'_>) -> bool {
        self.new.is_none_or(|new| new == view.is_new)
            && self.roles.iter().all(|asked| asked.holds(view.roles))
            && self.zones.iter().all(|asked| asked.holds(view.zones))
    }
}

impl Asked {
    /// `name, client=name` or `!server=name`.
    fn parse(value: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<Self, String> {
        let (negated, list) = value.trim().strip_prefix('!').map_or((false, value), |rest| (true, rest));
        let one = |text: &str| {
            let text = text.trim();
            let (side, name) = match text.split_once('=') {
                None => (None, text),
                Some(("client", name)) => (Some(Side::Client), name),
                Some(("server", name)) => (Some(Side::Server), name),
                Some((side, _)) => return Err(format!("'{side}' is no side: client or server is wanted")),
            };
            let name = name.trim().trim_matches('"');
            if name.is_empty() {
                return Err("a name is missing".to_owned());
            }
            check(name)?;
            Ok((side, name.to_owned()))
        };
        Ok(Asked { negated, any: list.split(',').map(one).collect::<Result<_, _>>()? })
    }

    fn holds(&self, [client, server]: [Option<&str>; 2]) -> bool {
        let is = |(side, name): &(Option<Side>, String)| {
            let name = Some(name.as_str());
            match side {
                Some(Side::Client) => client == name,
                Some(Side::Server) => server == name,
                None if name == Some(CROSSED) => client.is_some() && server.is_some() && client != server,
                None => client == name || server == name,
            }
        };
        self.any.iter().any(is) != self.negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(keywords: &[(&str, &str)]) -> Result<PlantCondition, String> {
        let mut condition = PlantCondition::default();
        keywords.iter().try_for_each(|(keyword, value)| condition.add(keyword, value))?;
        Ok(condition)
    }

    #[test]
    fn each_side_and_either_are_asked_for() {
        let view =
            PlantView { roles: [Some("hmi"), Some("plc")], zones: [Some("Office"), Some("Line 1")], is_new: true };
        for (keyword, value, wanted) in [
            ("asset.role", "plc", true),
            ("asset.role", "client=plc", false),
            ("asset.role", "client=scada, client=hmi", true),
            ("asset.role", "!client=engineering_station, scada", true),
            ("asset.role", "!plc", false),
            ("zone", "server=Line 1", true),
            ("zone", "\"Line 1\"", true),
            ("zone", "crossed", true),
            ("zone", "!crossed", false),
            ("zone", "Line 2", false),
            ("baseline", "new", true),
            ("baseline", "!new", false),
        ] {
            assert_eq!(condition(&[(keyword, value)]).unwrap().holds(&view), wanted, "{keyword}:{value}");
        }
        let both = [("asset.role", "client=hmi"), ("zone", "server=Office")];
        assert!(!condition(&both).unwrap().holds(&view), "all keywords must hold");
        let unknown = PlantView::default();
        assert!(condition(&[("asset.role", "!client=hmi"), ("zone", "!crossed")]).unwrap().holds(&unknown));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |keyword, value| condition(&[(keyword, value)]).unwrap_err();
        assert!(wrong("asset.role", "client=pump").contains("'pump' is no role: plc, hmi"));
        assert!(wrong("asset.role", "source=plc").contains("'source' is no side"));
        assert!(wrong("zone", "client=").contains("missing"));
        assert!(wrong("baseline", "old").contains("'old'"));
    }
}
