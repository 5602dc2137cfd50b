use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::detect::catalogue::{self, Category};
use crate::event::FindingSource;

/// The letter codes are not verified against the printed standard: the set's name says so, and another set can take its
/// place without a release.
pub const CODE_SET: &str = "gbt20986-2023-draft";

/// A category of GB/T 20986-2023.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventCategory {
    pub code_set: String,
    pub code: String,
    pub name: String,
    pub sub_category: String,
}

/// How an alert is filed.
pub fn category_of(alert: &Alert) -> EventCategory {
    let category = match &alert.source {
        FindingSource::Detection { id } => catalogue::find(id).map_or(Category::NewBehaviour, |d| d.category),
        FindingSource::Signature { .. } => Category::Signature,
        FindingSource::Yara { .. } => Category::Malware,
    };
    let (code, name, sub_category) = match category {
        Category::Scan => ("NA", "网络攻击", "网络扫描探测"),
        Category::Signature => ("NA", "网络攻击", "漏洞利用"),
        Category::UnapprovedOperation => ("RO", "违规操作", "故意违规操作（疑似）"),
        Category::WriteOutsideRange => ("RO", "违规操作", "误操作"),
        Category::NewBehaviour => ("AB", "异常行为", "访问异常"),
        Category::SecurityWeakness => ("SHE", "安全隐患", "网络配置合规缺陷"),
        Category::Fault => ("DE", "设备设施故障", "技术故障"),
        Category::Malware => ("MP", "恶意程序", "其他恶意程序"),
    };
    EventCategory {
        code_set: CODE_SET.to_owned(),
        code: code.to_owned(),
        name: name.to_owned(),
        sub_category: sub_category.to_owned(),
    }
}
