import Kubernetes

/// Follows one kind: does what its reflector decides, and tells the source what comes of it.
actor KindFollower {
    private let client: APIClient
    private let core: SourceCore
    private let feed: LiveObjects.Feed
    private let selection: APISelection
    /// True: when it may not be read, that is said, and nothing waits for it.
    private let isOptional: Bool
    private let turnstile: Turnstile
    private var reflector: Reflector
    private var resource: APIResource?
    /// Parts of a list that is not complete.
    private var staged: [ServedObject] = []
    /// True: the server has agreed to the watch that runs.
    private var isOpen = false

    init(
        _ client: APIClient, _ core: SourceCore, _ feed: LiveObjects.Feed, _ selection: APISelection, isOptional: Bool,
        turnstile: Turnstile, terms: Reflector.Terms
    ) {
        self.client = client
        self.core = core
        self.feed = feed
        self.selection = selection
        self.isOptional = isOptional
        self.turnstile = turnstile
        reflector = Reflector(terms)
    }

    /// Goes on until the task is cancelled.
    func run() async {
        let clock = core.clock
        while !Task.isCancelled {
            switch reflector.step(now: clock.now(), chance: clock.random()) {
            case .wait(let until): await clock.sleep(until - clock.now())
            case .discover: await discover()
            case .list(let next, let limit): await list(next: next, limit: limit)
            case .watch(let version, let seconds): await watch(from: version, seconds: seconds)
            }
        }
    }

    private func discover() async {
        do throws(APIError) {
            if let found = try await client.resource(feed.kind) {
                resource = found
                reflector.found()
            } else if reflector.notFound(now: core.clock.now(), chance: core.clock.random()) {
                resource = nil
                core.notInstalled(feed)
            }
        } catch { fail(error) }
    }

    private func list(next: String?, limit: Int?) async {
        guard let resource else { return reflector.failed(.missing, now: core.clock.now(), chance: 0) }
        if next == nil { staged = [] }
        let (client, selection, kind) = (client, selection, feed.kind)
        let result = await turnstile.pass { () -> Result<APIClient.Page<ServedObject>, APIError> in
            do throws(APIError) {
                return .success(
                    try await client.page(resource, selection, limit: limit, next: next) {
                        bytes throws(ServedProblem) in
                        try ServedObject.decode(bytes, as: kind, apiVersion: resource.apiVersion)
                    })
            } catch { return .failure(error) }
        }
        guard !Task.isCancelled else { return }
        switch result {
        case .failure(let error): fail(error)
        case .success(let page):
            staged += page.objects
            guard reflector.listed(version: page.end.resourceVersion, next: page.end.next, now: core.clock.now()) else {
                return
            }
            core.replace(staged, of: feed)
            staged = []
        }
    }

    private func watch(from version: String, seconds: Int) async {
        guard let resource else { return reflector.failed(.missing, now: core.clock.now(), chance: 0) }
        reflector.watching(now: core.clock.now())
        core.watching(feed)
        isOpen = false
        do throws(APIError) {
            try await client.watch(
                resource, selection, from: version, seconds: seconds,
                opened: { await self.opened() },
                each: { line throws(APIError) in try await self.take(line, resource) })
            reflector.watchEnded(now: core.clock.now(), chance: core.clock.random())
        } catch {
            // Of a kind of which nothing ever happened servers may never say how far they are: the watch is begun anew, and
            // one that is dead does not agree to that.
            guard isOpen, Reflector.Failure(error) == .silent else { return fail(error) }
            reflector.watchEnded(now: core.clock.now(), chance: core.clock.random())
        }
    }

    private func opened() {
        isOpen = true
        core.isWell(feed)
    }

    private func take(_ line: [UInt8], _ resource: APIResource) throws(APIError) {
        guard !Task.isCancelled else { return }
        switch try ServedEvent.read(line, feed.kind, resource) {
        case .put(let object):
            core.put(object, from: feed)
            reflector.progressed(to: object.resourceVersion)
        case .removed(let key, let version):
            core.remove(key, from: feed)
            reflector.progressed(to: version)
        case .bookmark(let version): reflector.progressed(to: version)
        case .failed(let status): throw APIError(watch: status, resource)
        }
    }

    private func fail(_ error: APIError) {
        guard !Task.isCancelled else { return }
        let failure = Reflector.Failure(error)
        if failure == .missing, let resource {
            let discovery = client.discovery
            Task { await discovery.forget(resource) }
        }
        reflector.failed(failure, now: core.clock.now(), chance: core.clock.random())
        // That a server forgets old states is how it works.
        guard failure != .expired else { return }
        if isOptional, error.isForbidden { core.declined(feed, error) } else { core.failed(feed, error) }
    }
}

extension ServedEvent {
    /// Reads a line, or says as an error of the server's why it cannot be.
    static func read(_ line: [UInt8], _ kind: ServedKind, _ resource: APIResource) throws(APIError) -> ServedEvent {
        do { return try decode(line, as: kind, apiVersion: resource.apiVersion) } catch {
            throw APIError("Malformed", "\(error)", "GET (watch) \(resource)")
        }
    }
}

extension APIError {
    /// What ends a watch from inside.
    init(watch status: ServedStatus, _ resource: APIResource) {
        self.init(
            status: status.code == 0 ? 500 : status.code, status, retryAfter: status.retryAfter,
            "GET (watch) \(resource)")
    }
}
