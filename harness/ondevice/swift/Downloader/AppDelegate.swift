// AppDelegate.swift: the sample app's entry point.
//
// UNCOMPILED. Written without Xcode, not tried on hardware.

import UIKit

@main
final class AppDelegate: UIResponder, UIApplicationDelegate {
    private let downloader = Downloader()

    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        downloader.start()
        return true
    }

    func application(
        _ application: UIApplication,
        handleEventsForBackgroundURLSession identifier: String,
        completionHandler: @escaping () -> Void
    ) {
        downloader.handleEvents(identifier: identifier, completionHandler: completionHandler)
    }

    func application(
        _ application: UIApplication,
        configurationForConnecting session: UISceneSession,
        options: UIScene.ConnectionOptions
    ) -> UISceneConfiguration {
        UISceneConfiguration(name: "Default", sessionRole: session.role)
    }
}

/// One scene, because apps built with the SDK of iOS 27 do not launch without. A scene that connects is
/// no sign of the foreground: a background launch may connect one too.
final class SceneDelegate: UIResponder, UIWindowSceneDelegate {
    var window: UIWindow?

    func scene(
        _ scene: UIScene, willConnectTo session: UISceneSession, options: UIScene.ConnectionOptions
    ) {
        guard let scene = scene as? UIWindowScene else { return }
        let window = UIWindow(windowScene: scene)
        window.rootViewController = StatusViewController()
        window.makeKeyAndVisible()
        self.window = window
        take(options.urlContexts)
    }

    func scene(_ scene: UIScene, openURLContexts contexts: Set<UIOpenURLContext>) {
        take(contexts)
    }

    /// `harness-downloader://command?json=<the command, percent-encoded>`
    private func take(_ contexts: Set<UIOpenURLContext>) {
        for context in contexts {
            let items = URLComponents(url: context.url, resolvingAgainstBaseURL: false)?.queryItems
            if let text = items?.first(where: { $0.name == "json" })?.value {
                HarnessJournal.shared.take(text)
            }
        }
    }
}

final class StatusViewController: UIViewController {
    override func viewDidLoad() {
        super.viewDidLoad()
        let label = UILabel()
        label.text = "Downloader\nwaits for the harness"
        label.numberOfLines = 0
        label.textAlignment = .center
        label.translatesAutoresizingMaskIntoConstraints = false
        view.backgroundColor = .systemBackground
        view.addSubview(label)
        NSLayoutConstraint.activate([
            label.centerXAnchor.constraint(equalTo: view.centerXAnchor),
            label.centerYAnchor.constraint(equalTo: view.centerYAnchor),
        ])
    }
}
