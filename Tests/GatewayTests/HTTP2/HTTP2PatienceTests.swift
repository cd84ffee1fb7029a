import Testing

@testable import Gateway

@Suite("HTTP2Patience")
struct HTTP2PatienceTests {
    @Test("patience is a count in a window, and window updates are paid for with data")
    func patience() {
        var patience = HTTP2Patience(limit: 3, window: 100)
        #expect([0, 1, 2].allSatisfy { patience.strain(now: 1_000 + $0) })
        let fourth = patience.strain(now: 1_050)
        #expect(!fourth)
        let later = patience.strain(now: 1_200)
        #expect(later)
        var updates = 0
        while patience.receivedWindowUpdate() { updates += 1 }
        #expect(updates == 1_000)
        for _ in 0..<10 { patience.sentData() }
        let after = patience.receivedWindowUpdate()
        #expect(after)
    }
}
