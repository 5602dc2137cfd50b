//! COR-04: what is shown is not so. A controller tells one client something else than another; a machine shows something else
//! than the registers that it shows always held; a point that always took what was written stays as it is.

mod clients;
mod feeds;
mod line;
mod orders;
mod readings;
mod trail;

pub use clients::Views;
pub use feeds::Feeds;
pub use orders::Orders;
