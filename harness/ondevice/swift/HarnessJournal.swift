// HarnessJournal.swift: the journal an app keeps of itself, and the commands it takes from the harness.
//
// UNCOMPILED. This file was written without Xcode and has not been tried on hardware. Expect to mend a
// line or two, and believe nothing it says about iOS until your own phone has shown it.
//
// One file to drop into an app. Needs iOS 15 and Swift 5.9. The contract is docs/journal.md.
//
//     func application(_ application: UIApplication, didFinishLaunchingWithOptions …) -> Bool {
//         HarnessJournal.shared.start { command in … HarnessJournal.shared.acknowledge(command) }
//         …
//     }
//
// Then call `note` in each callback that tests should be able to prove. Keep it out of the App Store
// build: it takes commands from whoever can write into the app's container.

import Darwin
import Foundation
import os
import UIKit

final class HarnessJournal: @unchecked Sendable {
    // MARK: - The words of the contract

    static let journalPath = "Documents/harness-journal.jsonl"
    static let commandPath = "Documents/harness-command.json"
    static let commandNotificationSuffix = ".harness.command"
    static let commandArgument = "--harness-command"
    static let logSubsystem = "harness.journal"
    static let logCategory = "journal"

    /// Names of events. An app may add words of its own; these must be spelled as they are here.
    enum Event {
        static let didFinishLaunching = "didFinishLaunching"
        static let didBecomeActive = "didBecomeActive"
        static let willResignActive = "willResignActive"
        static let didEnterBackground = "didEnterBackground"
        static let willEnterForeground = "willEnterForeground"
        static let handleEvents = "handleEventsForBackgroundURLSession"
        static let didFinishDownloading = "didFinishDownloadingTo"
        static let didComplete = "didCompleteWithError"
        static let didFinishEvents = "urlSessionDidFinishEvents"
        static let completionHandler = "completionHandlerCalled"
        static let acknowledged = "acknowledged"
        static let commandRefused = "commandRefused"
        static let willTerminate = "willTerminate"
    }

    /// Something the harness tells the app to do.
    struct Command: Sendable {
        let id: String
        let nonce: String
        let verb: String
        let args: [String: String]
    }

    struct CommandError: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: - State

    static let shared = HarnessJournal()

    private static let rememberedCommands = 50
    private static let recentS: TimeInterval = 30
    /// A log message of about 1,000 bytes or more may be cut; a cut mark cannot be read.
    private static let markLimitBytes = 900

    private let lock = NSLock()
    private let journalFile: URL
    private let commandFile: URL
    private let stateFile: URL
    private let logger = Logger(subsystem: HarnessJournal.logSubsystem, category: HarnessJournal.logCategory)
    private let boot = HarnessJournal.bootSession()
    private let build = Bundle.main.object(forInfoDictionaryKey: "CFBundleVersion") as? String ?? ""
    private var memory: Memory
    private var applicationState = ""
    private var seq = 0
    private var sizeBytes: off_t = -1
    private var onCommand: ((Command) -> Void)?
    private var observers: [NSObjectProtocol] = []

    /// What must outlive the process. A file of its own: UserDefaults read as empty before first unlock.
    private struct Memory: Codable {
        var nonce = ""
        var commands: [String] = []
    }

    private init() {
        let container = URL(fileURLWithPath: NSHomeDirectory(), isDirectory: true)
        journalFile = container.appendingPathComponent(HarnessJournal.journalPath)
        commandFile = container.appendingPathComponent(HarnessJournal.commandPath)
        stateFile = container.appendingPathComponent("Library/harness-journal-state.json")
        let stored = try? Data(contentsOf: stateFile)
        memory = stored.flatMap { try? JSONDecoder().decode(Memory.self, from: $0) } ?? Memory()
    }

    /// The run nonce the app was last told, or empty.
    var nonce: String {
        lock.lock()
        defer { lock.unlock() }
        return memory.nonce
    }

    // MARK: - Starting

    /// Journal the launch, follow the life cycle, and take commands. Call first thing in
    /// `application(_:didFinishLaunchingWithOptions:)`, on the main thread.
    ///
    /// - Parameter onCommand: does what a command says and acknowledges it. Called on the main thread,
    ///   once per command id; commands of the launch arguments come after launching has finished.
    func start(onCommand: @escaping (Command) -> Void) {
        self.onCommand = onCommand
        note(Event.didFinishLaunching)
        follow(UIApplication.didBecomeActiveNotification, Event.didBecomeActive, stateAfter: "active")
        follow(UIApplication.willResignActiveNotification, Event.willResignActive, stateAfter: "inactive")
        follow(UIApplication.didEnterBackgroundNotification, Event.didEnterBackground, stateAfter: "background")
        follow(UIApplication.willEnterForegroundNotification, Event.willEnterForeground, stateAfter: "inactive")
        follow(UIApplication.willTerminateNotification, Event.willTerminate, stateAfter: nil)
        observeCommandNotification()
        DispatchQueue.main.async {
            self.takeLaunchArguments()
            self.takeRecentCommandFile()
        }
    }

    /// The notifications, not the delegate's methods: UIKit posts them with and without scenes.
    private func follow(_ name: Notification.Name, _ event: String, stateAfter: String?) {
        let center = NotificationCenter.default
        observers.append(
            center.addObserver(forName: name, object: nil, queue: nil) { [unowned self] _ in
                self.note(event)
                if let stateAfter { self.remember(state: stateAfter) }
            })
    }

    // MARK: - Writing

    /// Append one line to the journal, sync it, and repeat it in the log. From any thread.
    ///
    /// - Parameters:
    ///   - event: a name of `Event`, or a word of the app's own.
    ///   - session: background session identifier, or empty.
    ///   - task: `taskDescription` of the URLSession task, or empty.
    ///   - detail: more, as values that JSON knows.
    func note(_ event: String, session: String = "", task: String = "", detail: [String: Any]? = nil) {
        if Thread.isMainThread { remember(state: HarnessJournal.currentState()) }
        lock.lock()
        defer { lock.unlock() }
        let line = nextLine(event, session: session, task: task)
        append(line.text(detail: detail))
        mark(line, detail: detail)
    }

    /// Journal that a command is done, and with what result.
    func acknowledge(
        _ command: Command, _ result: [String: Any] = [:], session: String = "", task: String = ""
    ) {
        let detail = result.merging(["command": command.id, "do": command.verb]) { _, own in own }
        note(Event.acknowledged, session: session, task: task, detail: detail)
    }

    private func nextLine(_ event: String, session: String, task: String) -> Line {
        Line(
            seq: nextSeq(),
            boot: boot,
            pid: getpid(),
            monoS: Double(clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW)) / 1e9,
            wallS: Date().timeIntervalSince1970,
            nonce: memory.nonce,
            event: event,
            session: session,
            task: task,
            state: applicationState,
            thread: Thread.isMainThread ? "main" : "other",
            build: build,
            traced: HarnessJournal.isTraced())
    }

    private struct Line {
        let seq: Int
        let boot: String
        let pid: Int32
        let monoS: Double
        let wallS: Double
        let nonce: String
        let event: String
        let session: String
        let task: String
        let state: String
        let thread: String
        let build: String
        let traced: Bool

        /// The line as JSON, without the newline; what is empty is left out.
        func text(detail: [String: Any]?) -> String {
            var fields: [String] = []
            func field(_ name: String, _ json: String) { fields.append("\"\(name)\":\(json)") }
            func field(_ name: String, word: String) { if !word.isEmpty { field(name, quoted(word)) } }
            field("seq", String(seq))
            field("boot", word: boot)
            field("pid", String(pid))
            field("mono_s", seconds(monoS))
            field("wall_s", seconds(wallS))
            field("nonce", word: nonce)
            field("event", word: event)
            field("session", word: session)
            field("task", word: task)
            field("state", word: state)
            field("thread", word: thread)
            field("build", word: build)
            field("traced", traced ? "true" : "false")
            if let detail { field("detail", object(detail)) }
            return "{" + fields.joined(separator: ",") + "}"
        }

        private func seconds(_ value: Double) -> String {
            String(format: "%.6f", locale: Locale(identifier: "en_US_POSIX"), value)
        }

        private func quoted(_ word: String) -> String {
            let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .withoutEscapingSlashes]
            let data = try? JSONSerialization.data(withJSONObject: word, options: options)
            return data.flatMap { String(data: $0, encoding: .utf8) } ?? "\"\""
        }

        private func object(_ detail: [String: Any]) -> String {
            // JSONSerialization raises an Objective-C exception for what it cannot write.
            guard JSONSerialization.isValidJSONObject(detail) else { return "{\"unwritable\":true}" }
            let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
            let data = try? JSONSerialization.data(withJSONObject: detail, options: options)
            return data.flatMap { String(data: $0, encoding: .utf8) } ?? "{}"
        }
    }

    /// Opened, written, synced and closed for every line: the harness may remove the file in between, and
    /// no descriptor or file lock is held when the process is suspended.
    ///
    /// What `write` has taken survives SIGKILL and jetsam. `fsync` is for a phone that panics or reboots;
    /// `fcntl(F_FULLFSYNC)`, for a phone that loses power, costs milliseconds and is not worth it here.
    private func append(_ text: String) {
        createIfMissing()
        let file = open(journalFile.path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            logger.error("journal cannot be opened: errno \(errno, privacy: .public)")
            return
        }
        defer { close(file) }
        // A line that a crash cut short must not spoil this one.
        let bytes = Array(((endsInsideLine(file) ? "\n" : "") + text + "\n").utf8)
        writeAll(bytes, to: file)
        fsync(file)
        var information = stat()
        sizeBytes = fstat(file, &information) == 0 ? information.st_size : -1
    }

    /// No file protection: a launch before the first unlock after a reboot must be able to write, and the
    /// harness must be able to read while the phone is locked. There is nothing private in it.
    private func createIfMissing() {
        guard !FileManager.default.fileExists(atPath: journalFile.path) else { return }
        FileManager.default.createFile(
            atPath: journalFile.path, contents: nil, attributes: [.protectionKey: FileProtectionType.none])
    }

    private func endsInsideLine(_ file: Int32) -> Bool {
        let size = lseek(file, 0, SEEK_END)
        var last: UInt8 = 0
        return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private func writeAll(_ bytes: [UInt8], to file: Int32) {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = write(file, buffer.baseAddress! + done, buffer.count - done)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }
                done += count
            }
        }
    }

    /// Goes on where the file ends, whichever process wrote there; starts over once the file is removed.
    private func nextSeq() -> Int {
        var information = stat()
        let size = stat(journalFile.path, &information) == 0 ? information.st_size : 0
        if size != sizeBytes { seq = lastSeq() }
        seq += 1
        return seq
    }

    private func lastSeq() -> Int {
        guard let data = try? Data(contentsOf: journalFile) else { return 0 }
        var cut = 0
        for line in data.split(separator: UInt8(ascii: "\n")).reversed() {
            let parsed = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            // A line that was cut short keeps its number, so that its absence shows.
            if let number = parsed?["seq"] as? Int { return number + cut }
            cut += 1
        }
        return cut
    }

    /// The same line, public, in the phone's log. A detail that makes it too long is left out, but for the
    /// command that an acknowledgement is about.
    private func mark(_ line: Line, detail: [String: Any]?) {
        var text = line.text(detail: detail)
        if text.utf8.count > HarnessJournal.markLimitBytes {
            text = line.text(detail: detail?["command"].map { ["command": $0] })
        }
        logger.log("\(text, privacy: .public)")
    }

    // MARK: - Commands

    private func observeCommandNotification() {
        let name = (Bundle.main.bundleIdentifier ?? "") + HarnessJournal.commandNotificationSuffix
        // While the app is suspended the system merges these and delivers one when it runs again.
        CFNotificationCenterAddObserver(
            CFNotificationCenterGetDarwinNotifyCenter(),
            Unmanaged.passUnretained(self).toOpaque(),
            { _, _, _, _, _ in
                DispatchQueue.main.async { HarnessJournal.shared.takeCommandFile() }
            },
            name as CFString,
            nil,
            .deliverImmediately)
    }

    private func takeLaunchArguments() {
        let arguments = ProcessInfo.processInfo.arguments
        for (name, value) in zip(arguments, arguments.dropFirst()) where name == HarnessJournal.commandArgument {
            take(value)
        }
    }

    private func takeCommandFile() {
        guard let text = try? String(contentsOf: commandFile, encoding: .utf8) else { return }
        take(text)
    }

    /// A command that was announced while the app was starting found nobody listening yet. One that is old
    /// belongs to an earlier test, and one that cannot be read is still being written.
    private func takeRecentCommandFile() {
        let values = try? commandFile.resourceValues(forKeys: [.contentModificationDateKey])
        guard let written = values?.contentModificationDate,
            abs(written.timeIntervalSinceNow) < HarnessJournal.recentS,
            let text = try? String(contentsOf: commandFile, encoding: .utf8),
            (try? HarnessJournal.parse(text)) != nil
        else { return }
        take(text)
    }

    /// Do what a command says, unless one of its id was taken before. On the main thread.
    func take(_ text: String) {
        do {
            let command = try HarnessJournal.parse(text)
            if remember(command) { onCommand?(command) }
        } catch {
            note(Event.commandRefused, detail: ["error": String(describing: error)])
        }
    }

    /// Read `{"id", "nonce", "do", "args": {…}}`, or the same with the arguments beside `do`, where the
    /// command's own id is called `command`.
    static func parse(_ text: String) throws -> Command {
        let parsed = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        guard let words = parsed as? [String: Any] else {
            throw CommandError(description: "a command is a JSON object, not \(text.prefix(40))")
        }
        let id = string(words["command"] ?? words["id"])
        let verb = string(words["do"])
        guard !id.isEmpty, !verb.isEmpty, let given = (words["args"] ?? words as Any) as? [String: Any] else {
            throw CommandError(description: "a command has an id, a verb under do, and its args as an object")
        }
        return Command(id: id, nonce: string(words["nonce"]), verb: verb, args: given.mapValues { string($0) })
    }

    private static func string(_ value: Any?) -> String {
        value.map { String(describing: $0) } ?? ""
    }

    /// Note a command's id and nonce before it is done, so that it is never done twice.
    private func remember(_ command: Command) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        if memory.commands.contains(command.id) { return false }
        memory.commands = (memory.commands + [command.id]).suffix(HarnessJournal.rememberedCommands)
        if !command.nonce.isEmpty { memory.nonce = command.nonce }
        if let data = try? JSONEncoder().encode(memory) {
            try? data.write(to: stateFile, options: [.atomic, .noFileProtection])
        }
        return true
    }

    // MARK: - What the process knows of itself

    private func remember(state: String) {
        lock.lock()
        defer { lock.unlock() }
        applicationState = state
    }

    /// UIKit tells it on the main thread only; lines of other threads carry the last one known.
    private static func currentState() -> String {
        MainActor.assumeIsolated {
            switch UIApplication.shared.applicationState {
            case .active: return "active"
            case .inactive: return "inactive"
            case .background: return "background"
            @unknown default: return ""
            }
        }
    }

    /// Changes at every boot. Where the sandbox hides it, the time of booting stands in for it.
    private static func bootSession() -> String {
        var size = 0
        if sysctlbyname("kern.bootsessionuuid", nil, &size, nil, 0) == 0, size > 1 {
            var text = [CChar](repeating: 0, count: size)
            if sysctlbyname("kern.bootsessionuuid", &text, &size, nil, 0) == 0 { return String(cString: text) }
        }
        var booted = timeval()
        size = MemoryLayout<timeval>.size
        sysctlbyname("kern.boottime", &booted, &size, nil, 0)
        return "boottime-\(booted.tv_sec)"
    }

    /// Whether a debugger is attached now.
    private static func isTraced() -> Bool {
        var name: [Int32] = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
        var information = kinfo_proc()
        var size = MemoryLayout<kinfo_proc>.stride
        guard sysctl(&name, UInt32(name.count), &information, &size, nil, 0) == 0 else { return false }
        return (information.kp_proc.p_flag & P_TRACED) != 0
    }
}
