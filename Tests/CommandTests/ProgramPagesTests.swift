import Testing

@testable import sallyport

@Suite("Code that is needed no more is given back")
struct ProgramPagesTests {
    private static let maps = """
        55d0a000-55d0b000 r--p 00000000 fe:00 12 /opt/sally port/bin
        55d0b000-55d0f000 r-xp 00001000 fe:00 12                         /opt/sally port/bin
        55d0f000-55d10000 rw-p 00005000 fe:00 12 /opt/sally port/bin
        55d20000-55d21000 rwxp 00005000 fe:00 12 /opt/sally port/bin
        7f1200000000-7f1200001000 r-xp 00000000 fe:00 13 /lib/libc.so.6
        7f1200002000-7f1200001000 r-xp 00000000 fe:00 13 /opt/sally port/bin
        7f1300000000-7f1300001000 r-xp 00000000 00:00 0 
        7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0                  [vdso]
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]
        """

    @Test("only the program's own code, which nobody can write to, is meant")
    func code() {
        #expect(ProgramPages.code(in: Self.maps, of: "/opt/sally port/bin") == [0x55d0_b000..<0x55d0_f000])
        #expect(ProgramPages.code(in: Self.maps, of: "/lib/libc.so.6") == [0x7f12_0000_0000..<0x7f12_0000_1000])
        #expect(ProgramPages.code(in: Self.maps, of: "").isEmpty)
        #expect(ProgramPages.code(in: "nothing of\nthis kind\n", of: "kind").isEmpty)
    }

    #if os(Linux)
        @Test("the program goes on as before, and can give it back again")
        func giveBack() {
            let first = ProgramPages.giveBack()
            #expect(first > 0)
            #expect((0..<1_000).reduce(0, +) == 499_500)
            #expect(ProgramPages.giveBack() == first)
        }
    #endif
}
