import Foundation
import Records
import Telemetry

// Prompts and answers as messages of the intake.

extension Sallyport_Hub_V1_Content {
    init(_ content: RecordContent) {
        self.init()
        id = content.id
        time = content.time
        if let part = content.prompt { prompt = Part(part) }
        if let part = content.answer { answer = Part(part) }
    }
}

extension Sallyport_Hub_V1_Content.Part {
    fileprivate init(_ part: RecordContent.Part) {
        self.init()
        text = Data(part.text)
        isCut = part.isCut
        redactions = UInt64(clamping: part.redactions)
    }
}

extension RecordContent {
    init(_ message: Sallyport_Hub_V1_Content) {
        self.init(
            id: message.id, time: message.time, prompt: message.hasPrompt ? Part(message.prompt) : nil,
            answer: message.hasAnswer ? Part(message.answer) : nil)
    }
}

extension RecordContent.Part {
    fileprivate init(_ part: Sallyport_Hub_V1_Content.Part) {
        self.init(text: Array(part.text), isCut: part.isCut, redactions: Int(clamping: part.redactions))
    }
}
