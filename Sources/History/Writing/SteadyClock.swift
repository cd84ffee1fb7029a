/// Whether the wall clock can be trusted enough to delete by it. A clock that jumped, forward or back, is watched for an
/// hour first: a wrong year would otherwise empty the history.
struct SteadyClock {
    /// Microseconds of wall clock and uptime that may drift apart between two looks.
    static let drift: Int64 = 60 * 1_000_000
    static let patience: Int64 = 3_600 * 1_000_000
    /// A start may come so long after the last record without suspicion.
    static let pause: Int64 = 86_400 * 1_000_000

    private var wall: Int64
    private var uptime: Int64
    /// Uptime of the last jump; nil: there was none.
    private var jumped: Int64?

    /// - Parameter newest: time of the newest record that is stored; nil: there is none.
    init(wall: Int64, uptime: Int64, newest: Int64?) {
        self.wall = wall
        self.uptime = uptime
        if let newest, wall < newest - Self.drift || wall > newest + Self.pause { jumped = uptime }
    }

    /// Looks at both clocks.
    mutating func look(wall: Int64, uptime: Int64) {
        let apart = (wall - self.wall) - (uptime - self.uptime)
        self.wall = wall
        self.uptime = uptime
        if abs(apart) > Self.drift { jumped = uptime }
        if let since = jumped, uptime - since >= Self.patience { jumped = nil }
    }

    var isSteady: Bool { jumped == nil }
}
