import ArgumentParser
struct UpCommand: AsyncParsableCommand {
}
