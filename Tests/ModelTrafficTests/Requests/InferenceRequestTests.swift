import Testing

@testable import ModelTraffic

@Suite struct InferenceRequestTests {
    @Test func kserve() throws {
        let two = try read(
            .kserveInfer,
            #"{"id":"1","inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["Hello"]}],"outputs":[{"name":"y"}]}"#,
            pathModel: "bert")
        #expect(
            two.model == "bert" && two.modelNode == nil && two.extraClasses == [] && two.inputBound >= 5
                && two.unknownFields.isEmpty)
        #expect(try read(.kserveInfer, #"{"instances":[[1,2],[3,4]]}"#, pathModel: "m").unknownFields.isEmpty)
        #expect(refusal(.kserveInfer, #"{"model":"other"}"#, pathModel: "bert") == "model contradiction")
        #expect(refusal(.kserveInfer, "{}", pathModel: "a\u{7}") == "model badName")
        for list in ["inputs", "outputs"] {
            let body =
                #"{"\#(list)":[{"name":"x","parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}]}"#
            #expect(try read(.kserveInfer, body).extraClasses == .administration)
        }
    }

    @Test func triton() throws {
        let plain = try read(
            .tritonGenerate, #"{"text_input":"Hi","max_tokens":20,"stream":true}"#, pathModel: "ensemble")
        #expect(plain.maxOutputTokens == 20 && plain.isStreaming && plain.model == "ensemble")
        let nested = try read(.tritonGenerate, #"{"text_input":"Hi","parameters":{"max_tokens":9,"stream":true}}"#)
        #expect(nested.maxOutputTokens == 9 && nested.isStreaming)
        let text = #"{"text_input":"Hi","max_tokens":1,"sampling_parameters":"{\"max_tokens\":4096}"}"#
        #expect(try read(.tritonGenerate, text).maxOutputTokens == nil)
        #expect(refusal(.tritonGenerate, #"{"parameters":{"max_tokens":-1}}"#) == "parameters.max_tokens outOfRange")
        #expect(refusal(.tritonGenerate, #"{"parameters":{"Max_Tokens":1}}"#) == "parameters.max_tokens caseVariant")
    }

    @Test(
        arguments: [
            ("{}", []), (#"{"parameters":{}}"#, []),
            (#"{"parameters":{"config":"{}"}}"#, [.modelMutation, .administration]),
            (
                #"{"parameters":{"file:1/model.py":"aW1wb3J0IG9z","config":"{}"}}"#,
                [.modelMutation, .administration, .codeExecution]
            ),
            (#"{"parameters":{"File:1/model.onnx":"x"}}"#, [.modelMutation, .administration, .codeExecution]),
            (#"{"parameters":{"unload_dependents":true}}"#, []),
        ] as [(String, OperationClasses)])
    func tritonLoad(_ text: String, _ classes: OperationClasses) throws {
        #expect(try read(.tritonLoad, text, pathModel: "m").extraClasses == classes)
    }

    @Test func textGenerationInference() throws {
        let facts = try read(
            .tgiGenerate,
            #"{"inputs":"Hi","parameters":{"max_new_tokens":20,"best_of":2,"details":true},"stream":true}"#)
        #expect(facts.maxOutputTokens == 40 && facts.isStreaming && facts.model == nil && facts.unknownFields.isEmpty)
        #expect(
            refusal(.tgiGenerate, #"{"inputs":"x","parameters":{"max_new_tokens":0}}"#)
                == "parameters.max_new_tokens outOfRange")
        #expect(refusal(.tgiGenerate, #"{"inputs":7}"#) == "inputs wrongType")
        #expect(refusal(.tgiGenerate, #"{"parameters":[]}"#) == "parameters wrongType")
    }

    @Test func llama() throws {
        let facts = try read(
            .llamaCompletion,
            #"{"prompt":["Hi",12,{"prompt_string":"x","multimodal_data":["AAAA"]}],"n_predict":64,"cache_prompt":true}"#
        )
        #expect(facts.maxOutputTokens == 64 && !facts.isStreaming && facts.unknownFields.isEmpty)
        #expect(try read(.llamaCompletion, #"{"prompt":"x","n_predict":-1}"#).maxOutputTokens == nil)
        #expect(try read(.llamaCompletion, #"{"prompt":"x","n_predict":0}"#).maxOutputTokens == 0)
        #expect(refusal(.llamaCompletion, #"{"n_predict":10,"max_tokens":20}"#) == "n_predict contradiction")
        #expect(
            try read(.llamaCompletion, #"{"input_prefix":"ab","input_suffix":"cd","input_extra":[{"text":"e"}]}"#)
                .inputBound >= 5)
    }
}
