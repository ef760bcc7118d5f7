// Downloader.swift: one background session per download, done as Apple asks.
//
// UNCOMPILED. Written without Xcode, not tried on hardware.
//
// Same events and commands as the virtual app, harness/virtual/apps/downloader.py. It differs where a real
// phone may suspend the app at any moment, or tell an invalidated session nothing more: the line that the
// completion handler is called is written just before the call, and in the background a session is
// invalidated only after urlSessionDidFinishEvents. And it never uses cellular.

import UIKit

final class Downloader: NSObject, @unchecked Sendable {
    private let journal = HarnessJournal.shared
    private let store = DownloadStore()
    private let lock = NSLock()
    private var sessions: [String: URLSession] = [:]
    private var leaving: Set<String> = []
    private var completionHandlers: [String: () -> Void] = [:]
    private var resets: [HarnessJournal.Command] = []

    // MARK: - The app's life, on the main thread

    func start() {
        journal.start { [unowned self] command in self.take(command) }
        // When the user may look, reopen what is being downloaded. A background launch opens only the
        // session it was made for. With scenes, the state at launch says background in any case.
        NotificationCenter.default.addObserver(
            forName: UIApplication.willEnterForegroundNotification, object: nil, queue: nil
        ) { [unowned self] _ in self.enterForeground() }
        NotificationCenter.default.addObserver(
            forName: UIApplication.didBecomeActiveNotification, object: nil, queue: nil
        ) { [unowned self] _ in self.enterForeground() }
    }

    func handleEvents(identifier: String, completionHandler: @escaping () -> Void) {
        journal.note(HarnessJournal.Event.handleEvents, session: identifier)
        locked { completionHandlers[identifier] = completionHandler }
        _ = openSession(identifier)
    }

    private func enterForeground() {
        restoreSessions()
        leaveFinished()
    }

    private func restoreSessions() {
        for download in store.unfinished { _ = openSession(download.session) }
    }

    /// The session of that identifier, opened once per process: two live ones are undefined behaviour.
    private func openSession(_ identifier: String) -> URLSession {
        locked {
            if let open = sessions[identifier] { return open }
            let configuration = URLSessionConfiguration.background(withIdentifier: identifier)
            configuration.sessionSendsLaunchEvents = true
            configuration.isDiscretionary = false
            // Else a phone without Wi-Fi fetches over cellular, and "Wi-Fi off" proves nothing.
            configuration.allowsCellularAccess = false
            let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
            sessions[identifier] = session
            return session
        }
    }

    private func leave(_ session: URLSession, cancelling: Bool) {
        guard let identifier = session.configuration.identifier else { return }
        let first = locked { leaving.insert(identifier).inserted }
        if cancelling {
            session.invalidateAndCancel()
        } else if first {
            session.finishTasksAndInvalidate()
        }
    }

    /// Let go of the sessions that have nothing left to tell.
    private func leaveFinished() {
        let needed = Set(store.unfinished.map(\.session))
        let open = locked { sessions.filter { !needed.contains($0.key) && completionHandlers[$0.key] == nil } }
        for session in open.values { leave(session, cancelling: false) }
    }

    private func callCompletionHandler(_ identifier: String) {
        guard let handler = locked({ completionHandlers.removeValue(forKey: identifier) }) else { return }
        // First the line, then the call: the app may be suspended as soon as it has called.
        journal.note(HarnessJournal.Event.completionHandler, session: identifier)
        handler()
    }

    // MARK: - Commands, on the main thread

    private func take(_ command: HarnessJournal.Command) {
        switch command.verb {
        case "start-download": startDownload(command)
        case "list-tasks": listTasks(command)
        case "cancel-all": cancelAll(command)
        case "reset": reset(command)
        case "probe": probe(command)
        case "exit":
            journal.acknowledge(command)
            exit(Int32(command.args["code"] ?? "0") ?? 0)
        case "crash":
            journal.acknowledge(command)
            fatalError("crashed because it was told to")
        default:
            let known = "start-download, list-tasks, cancel-all, reset, probe, exit, crash"
            journal.acknowledge(command, ["error": "no such command: \(command.verb); known: \(known)"])
        }
    }

    /// What a story may say of a download that this app does not heed: it would be another download without.
    private static let unheeded: Set<String> = [
        "kind", "cellular", "resource_timeout_s", "request_timeout_s", "discretionary",
        "waits_for_connectivity", "launch_events", "give_up_after_s",
    ]

    private func startDownload(_ command: HarnessJournal.Command) {
        let name = command.args["id"] ?? command.id
        let own = "\(Bundle.main.bundleIdentifier ?? "").\(command.nonce).\(name)"
        let identifier = command.args["session"] ?? own
        guard let url = URL(string: command.args["url"] ?? ""), url.host != nil else {
            return journal.acknowledge(command, ["error": "url is missing, or is none"])
        }
        let unheeded = command.args.keys.filter { Downloader.unheeded.contains($0) }.sorted()
        guard unheeded.isEmpty else {
            let told = "start-download with \(unheeded.joined(separator: ", "))"
            return journal.acknowledge(command, ["error": "no such command: \(told)"])
        }
        guard !locked({ leaving.contains(identifier) }) else {
            // A task in an invalidated session is an Objective-C exception.
            return journal.acknowledge(command, ["error": "session \(identifier) is being invalidated"])
        }
        let task = openSession(identifier).downloadTask(with: url)
        task.taskDescription = name
        store.put(Download(id: name, session: identifier, url: url.absoluteString, status: .running))
        task.resume()
        journal.acknowledge(
            command, ["session": identifier, "task": name, "task_identifier": task.taskIdentifier],
            session: identifier, task: name)
    }

    private func listTasks(_ command: HarnessJournal.Command) {
        withAllTasks(command) { found in
            self.journal.acknowledge(command, ["tasks": found.map { self.row(session: $0.0, task: $0.1) }])
        }
    }

    private func cancelAll(_ command: HarnessJournal.Command) {
        withAllTasks(command) { found in
            for (_, task) in found { task.cancel() }
            self.journal.acknowledge(command, ["cancelled": found.count])
        }
    }

    /// Cancel everything and forget it; acknowledged when all sessions are gone.
    private func reset(_ command: HarnessJournal.Command) {
        restoreSessions()
        let open = locked { () -> [URLSession] in
            resets.append(command)
            return Array(sessions.values)
        }
        for session in open { leave(session, cancelling: true) }
        finishResets()
    }

    private func finishResets() {
        let done = locked { () -> [HarnessJournal.Command] in
            guard sessions.isEmpty else { return [] }
            defer { resets = [] }
            return resets
        }
        guard !done.isEmpty else { return }
        store.clear()
        try? FileManager.default.removeItem(at: downloadsDirectory)
        for command in done { journal.acknowledge(command) }
    }

    /// What the app itself can see of its situation; with `url`, also whether it can fetch that.
    private func probe(_ command: HarnessJournal.Command) {
        let (state, refresh, readable) = MainActor.assumeIsolated {
            let app = UIApplication.shared
            return (app.applicationState.rawValue, app.backgroundRefreshStatus.rawValue, app.isProtectedDataAvailable)
        }
        let result: [String: Any] = [
            "state": ["active", "inactive", "background"][state],
            "background_refresh": ["restricted", "denied", "available"][refresh],
            "protected_data": readable,
            "low_power": ProcessInfo.processInfo.isLowPowerModeEnabled,
            "sessions": locked { sessions.keys.sorted() },
            "downloads": Dictionary(
                store.downloads.map { ($0.id, $0.status.rawValue) }, uniquingKeysWith: { _, last in last }),
        ]
        guard let url = URL(string: command.args["url"] ?? ""), url.host != nil else {
            return journal.acknowledge(command, result)
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 10
        configuration.allowsCellularAccess = false
        URLSession(configuration: configuration).dataTask(with: url) { data, response, error in
            var fetched: [String: Any] = ["size_bytes": data?.count ?? 0]
            if let status = (response as? HTTPURLResponse)?.statusCode { fetched["status"] = status }
            if let error { fetched.merge(self.errorDetail(error)) { _, new in new } }
            self.journal.acknowledge(command, result.merging(["fetched": fetched]) { _, new in new })
        }.resume()
    }

    /// Collect the unfinished tasks of the sessions a command is about, then use them on the main thread.
    private func withAllTasks(
        _ command: HarnessJournal.Command, _ use: @escaping ([(String, URLSessionTask)]) -> Void
    ) {
        let identifiers = command.args["session"].map { [$0] } ?? store.unfinished.map(\.session)
        let group = DispatchGroup()
        let found = Found()
        for identifier in identifiers {
            group.enter()
            openSession(identifier).getAllTasks { tasks in
                self.locked { found.tasks += tasks.map { (identifier, $0) } }
                group.leave()
            }
        }
        group.notify(queue: .main) { use(self.locked { found.tasks }) }
    }

    private final class Found: @unchecked Sendable {
        var tasks: [(String, URLSessionTask)] = []
    }

    // MARK: - Words

    private var downloadsDirectory: URL {
        URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent("Documents/downloads")
    }

    private func row(session: String, task: URLSessionTask) -> [String: Any] {
        [
            "session": session,
            "task": task.taskDescription ?? "",
            "state": ["running", "suspended", "canceling", "completed"][task.state.rawValue],
            "received_bytes": task.countOfBytesReceived,
            "expected_bytes": task.countOfBytesExpectedToReceive,
        ]
    }

    private func errorDetail(_ error: Error) -> [String: Any] {
        let error = error as NSError
        var detail: [String: Any] = ["code": error.code, "domain": error.domain]
        if let reason = error.userInfo[NSURLErrorBackgroundTaskCancelledReasonKey] as? Int {
            detail["reason"] = reason
        }
        return detail
    }

    private func locked<Result>(_ work: () -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }
}

// MARK: - What sessions tell, on their own queues

extension Downloader: URLSessionDownloadDelegate {
    func urlSession(
        _ session: URLSession, downloadTask: URLSessionDownloadTask, didFinishDownloadingTo location: URL
    ) {
        let status = (downloadTask.response as? HTTPURLResponse)?.statusCode ?? 0
        let size = (try? location.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        var detail: [String: Any] = ["status": status, "size_bytes": size]
        // The file is gone when this method returns.
        if (200..<300).contains(status), let error = keep(location, as: downloadTask.taskDescription) {
            detail["error"] = error
        }
        note(HarnessJournal.Event.didFinishDownloading, session, downloadTask, detail)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
        let status = (task.response as? HTTPURLResponse)?.statusCode
        let good = error == nil && (200..<300).contains(status ?? 0)
        let detail = error.map(errorDetail) ?? ["status": status ?? 0]
        note(HarnessJournal.Event.didComplete, session, task, detail)
        let identifier = session.configuration.identifier ?? ""
        store.mark(session: identifier, good ? .finished : .failed)
        DispatchQueue.main.async {
            // In the background, urlSessionDidFinishEvents is still to come.
            let inBackground = MainActor.assumeIsolated { UIApplication.shared.applicationState == .background }
            if !inBackground { self.leaveFinished() }
        }
    }

    func urlSessionDidFinishEvents(forBackgroundURLSession session: URLSession) {
        let identifier = session.configuration.identifier ?? ""
        journal.note(HarnessJournal.Event.didFinishEvents, session: identifier)
        DispatchQueue.main.async {
            self.callCompletionHandler(identifier)
            self.leaveFinished()
        }
    }

    func urlSession(_ session: URLSession, didBecomeInvalidWithError error: Error?) {
        guard let identifier = session.configuration.identifier else { return }
        locked {
            sessions[identifier] = nil
            leaving.remove(identifier)
        }
        finishResets()
    }

    private func note(
        _ event: String, _ session: URLSession, _ task: URLSessionTask, _ detail: [String: Any]
    ) {
        journal.note(
            event, session: session.configuration.identifier ?? "", task: task.taskDescription ?? "",
            detail: detail)
    }

    private func keep(_ location: URL, as name: String?) -> String? {
        let target = downloadsDirectory.appendingPathComponent(((name ?? "") as NSString).lastPathComponent)
        do {
            try FileManager.default.createDirectory(at: downloadsDirectory, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.moveItem(at: location, to: target)
            return nil
        } catch {
            return String(describing: error)
        }
    }
}
