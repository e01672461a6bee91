//! Why connections end that did not end by themselves.

/// Why a connection was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are too many.
    Connections,
    /// There are too many from its address.
    Address,
    /// The TLS handshake failed or took too long.
    Handshake,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Connections, Self::Address, Self::Handshake];

    /// Its word in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Address => "address",
            Self::Handshake => "handshake",
        }
    }
}

/// Why a connection was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// No request came.
    Silent,
    /// A request's head did not end.
    Header,
    /// The client took less than it has to.
    Stalled,
    /// Nothing happened for too long.
    Idle,
}

impl Cut {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Silent, Self::Header, Self::Stalled, Self::Idle];

    /// Its word in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Header => "header",
            Self::Stalled => "stalled",
            Self::Idle => "idle",
        }
    }
}
