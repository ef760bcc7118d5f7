// DownloadStore.swift: what the sample app remembers of its downloads across its processes.
//
// UNCOMPILED. Written without Xcode, not tried on hardware.

import Foundation

struct Download: Codable, Sendable {
    enum Status: String, Codable, Sendable {
        case running, finished, failed
    }

    /// Also the task's `taskDescription`, and the file's name.
    let id: String
    /// The background session made for this download alone.
    let session: String
    let url: String
    var status: Status
}

/// One JSON file, replaced whole at every change. From any thread.
final class DownloadStore: @unchecked Sendable {
    private let lock = NSLock()
    private let file: URL
    private var stored: [Download]

    init() {
        file = URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent("Library/downloads.json")
        let data = try? Data(contentsOf: file)
        stored = data.flatMap { try? JSONDecoder().decode([Download].self, from: $0) } ?? []
    }

    var downloads: [Download] { locked { stored } }

    var unfinished: [Download] { downloads.filter { $0.status == .running } }

    func put(_ download: Download) {
        locked {
            stored.removeAll { $0.session == download.session }
            stored.append(download)
            save()
        }
    }

    func mark(session: String, _ status: Download.Status) {
        locked {
            guard let index = stored.firstIndex(where: { $0.session == session }) else { return }
            stored[index].status = status
            save()
        }
    }

    func clear() {
        locked {
            stored = []
            save()
        }
    }

    private func save() {
        guard let data = try? JSONEncoder().encode(stored) else { return }
        try? data.write(to: file, options: [.atomic, .noFileProtection])
    }

    private func locked<Result>(_ work: () -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }
}
