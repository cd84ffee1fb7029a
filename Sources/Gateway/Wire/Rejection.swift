/// Why a message is refused at the boundary. After any of these the connection is closed: where the next message
/// would begin is no longer certain.
package enum Rejection: UInt8, Error, CaseIterable, Sendable {
    // The first line.
    case notHTTP, badMethod, methodTooLong, badRequestLine, badVersion, badTarget, targetTooLong, connectRefused
    case badStatusLine
    // The path.
    case badPercentEncoding, encodedSeparator, encodedControl, doubleEncoding, dotSegment, emptySegment
    case overlongEncoding
    // Lines and fields.
    case bareCR, bareLF, controlCharacter, obsoleteFolding, spaceBeforeColon, badFieldName, badFieldLine
    case obsoleteText, headTooLarge, tooManyFields, fieldTooLarge
    // Host.
    case missingHost, duplicateHost, badHost, hostMismatch
    // Framing.
    case lengthAndTransferEncoding, duplicateContentLength, badContentLength, badTransferEncoding
    case transferEncodingInHTTP10, bodyNotAllowed, badExpect, badUpgrade, protectedFieldNominated
    case duplicateField
    // Chunked bodies.
    case badChunkSize, chunkSizeOverflow, badChunkExtension, chunkExtensionTooLong, badChunkEnd
    case trailersTooLarge, forbiddenTrailer
    // HTTP/2.
    case badPseudoField, upperCaseFieldName, connectionFieldInHTTP2

    /// The status to answer with.
    package var status: UInt16 {
        switch self {
        case .badVersion: 505
        case .targetTooLong: 414
        case .headTooLarge, .tooManyFields, .fieldTooLarge, .trailersTooLarge: 431
        case .badExpect: 417
        case .connectRefused: 405
        default: 400
        }
    }

    /// A stable name for records and error bodies.
    package var code: StaticString {
        switch self {
        case .notHTTP: "not_http"
        case .badMethod: "bad_method"
        case .methodTooLong: "method_too_long"
        case .badRequestLine: "bad_request_line"
        case .badVersion: "bad_http_version"
        case .badTarget: "bad_request_target"
        case .targetTooLong: "request_target_too_long"
        case .connectRefused: "connect_refused"
        case .badStatusLine: "bad_status_line"
        case .badPercentEncoding: "bad_percent_encoding"
        case .encodedSeparator: "encoded_separator"
        case .encodedControl: "encoded_control_character"
        case .doubleEncoding: "double_encoding"
        case .dotSegment: "dot_segment"
        case .emptySegment: "empty_path_segment"
        case .overlongEncoding: "overlong_utf8"
        case .bareCR: "bare_cr"
        case .bareLF: "bare_lf"
        case .controlCharacter: "control_character"
        case .obsoleteFolding: "obsolete_line_folding"
        case .spaceBeforeColon: "space_before_colon"
        case .badFieldName: "bad_field_name"
        case .badFieldLine: "bad_field_line"
        case .obsoleteText: "non_ascii_value"
        case .headTooLarge: "head_too_large"
        case .tooManyFields: "too_many_fields"
        case .fieldTooLarge: "field_too_large"
        case .missingHost: "missing_host"
        case .duplicateHost: "duplicate_host"
        case .badHost: "bad_host"
        case .hostMismatch: "host_mismatch"
        case .lengthAndTransferEncoding: "length_and_transfer_encoding"
        case .duplicateContentLength: "duplicate_content_length"
        case .badContentLength: "bad_content_length"
        case .badTransferEncoding: "bad_transfer_encoding"
        case .transferEncodingInHTTP10: "transfer_encoding_in_http_1_0"
        case .bodyNotAllowed: "body_not_allowed"
        case .badExpect: "bad_expect"
        case .badUpgrade: "bad_upgrade"
        case .protectedFieldNominated: "protected_field_in_connection"
        case .duplicateField: "duplicate_field"
        case .badChunkSize: "bad_chunk_size"
        case .chunkSizeOverflow: "chunk_size_overflow"
        case .badChunkExtension: "bad_chunk_extension"
        case .chunkExtensionTooLong: "chunk_extension_too_long"
        case .badChunkEnd: "bad_chunk_end"
        case .trailersTooLarge: "trailers_too_large"
        case .forbiddenTrailer: "forbidden_trailer"
        case .badPseudoField: "bad_pseudo_field"
        case .upperCaseFieldName: "upper_case_field_name"
        case .connectionFieldInHTTP2: "connection_field_in_http2"
        }
    }
}
