//! stub
#![allow(missing_docs)]
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
#[derive(Clone)]
pub struct Access;
#[derive(Clone)]
pub struct Grant;
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    List,
    Download,
    Delta,
    Update,
    Store,
    Account,
}
pub struct Denial {
    pub code: Code,
    pub message: String,
    pub retry_after: Option<u64>,
    pub allowed_plans: Vec<String>,
    pub upgrade_hint: Option<String>,
}
#[derive(Clone, Copy)]
pub struct Code;
impl Code {
    pub fn status(self) -> StatusCode {
        StatusCode::OK
    }
    pub fn name(self) -> &'static str {
        ""
    }
}
impl Access {
    pub fn admit(&self, _: &HeaderMap, _: Option<&str>, _: Group) -> Result<Grant, Denial> {
        Ok(Grant)
    }
    pub fn trouble(&self) -> Option<String> {
        None
    }
}
impl Grant {
    pub fn account(&self) -> u64 {
        0
    }
    pub fn plan(&self) -> &str {
        ""
    }
    pub fn fields(&self) -> Map<String, Value> {
        Map::new()
    }
    pub fn period(&self) -> Map<String, Value> {
        Map::new()
    }
    pub fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }
    pub fn charge_download(&self, _: &str, _: u64, _: u64) -> Result<(), Denial> {
        Ok(())
    }
}
