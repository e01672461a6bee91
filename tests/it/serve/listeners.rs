//! Where the server listens, and whom it tells.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::Command;

use rustix::process::Signal;

use crate::serve::server::{DEADLINE, Server, curl};
use crate::support::Project;

#[test]
fn several_addresses_are_listened_at() {
    let project = Project::new();
    let args = ["--listen", "127.0.0.1:0", "--listen", "http://[::1]:0", "--listen", "unix:sock"];
    let server = Server::start(&project, "listen = ['127.0.0.1:1']", &args);
    let urls = server.expect_urls(3);
    for url in &urls[..2] {
        assert!(!url.ends_with(":0"), "{url}");
        assert_eq!(curl(&["--globoff", &format!("{url}/healthz")]), "ok\n");
    }
    assert_eq!(urls[2], "unix:sock");
    let socket = project.path("sock");
    let socket = socket.to_str().expect("text");
    assert_eq!(curl(&["--unix-socket", socket, "http://a/healthz"]), "ok\n");
}

#[test]
fn both_protocols_are_spoken_at_one_port() {
    let project = Project::new();
    let server = Server::plain(&project, "");
    let url = format!("{}/healthz", server.urls()[0]);
    let version = ["--output", "/dev/null", "--write-out", "%{http_version} %{response_code}"];
    let ask = |how: &str| curl(&[&version[..], &[how, &url]].concat());
    assert_eq!(ask("--http1.1"), "1.1 200");
    assert_eq!(ask("--http2-prior-knowledge"), "2 200");
    assert_eq!(ask("--http1.0"), "1 200");
}

#[test]
fn a_unix_socket_leaves_nothing_behind() {
    let project = Project::new();
    let socket = project.path("sock");
    // One that nobody listens at any more.
    drop(UnixListener::bind(&socket).expect("bound"));
    let start = || Server::start(&project, "unix_mode = '600'", &["--listen", "unix:sock"]);
    let mut server = start();
    let mode = fs::metadata(&socket).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = project.run(&["serve", "--listen", "unix:sock"]).expect_code(1);
    assert!(again.stderr.contains("another server listens there"), "{}", again.stderr);
    server.signal(Signal::TERM);
    assert_eq!(server.expect_ended().code(), Some(0));
    assert!(!socket.exists());
    // A socket that another put there meanwhile stays.
    let mut server = start();
    fs::remove_file(&socket).expect("removed");
    let _other = UnixListener::bind(&socket).expect("bound");
    server.signal(Signal::TERM);
    server.expect_ended();
    assert!(socket.exists());
}

#[test]
fn a_file_in_the_way_stays() {
    let project = Project::new();
    project.write("sock", "mine");
    let ended = project.run(&["serve", "--listen", "unix:sock"]).expect_code(1);
    assert!(ended.stderr.contains("cannot listen at unix:sock"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(project.path("sock")).expect("there"), "mine");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let project = Project::new();
    let server = Server::plain(&project, "");
    let address = server.address().to_string();
    let ended = project.run(&["serve", "--listen", &address]).expect_code(1);
    assert!(ended.stderr.contains(&format!("cannot listen at {address}")), "{}", ended.stderr);
}

/// Opens two sockets, gives them the numbers from 3 on, and becomes the server.
const ACTIVATE: &str = "
import os, socket, sys
tcp = socket.create_server(('127.0.0.1', 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind('handed')
unix.listen()
fds = [os.dup(tcp.fileno()), os.dup(unix.fileno())]
for number, fd in enumerate(fds, 3):
    os.dup2(fd, number)
    os.set_inheritable(number, True)
os.environ.update(LISTEN_FDS='2', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
";

#[test]
fn sockets_that_systemd_opened_are_taken_over() {
    let project = Project::new();
    let activate = |more: &[&str]| {
        let _ = fs::remove_file(project.path("handed"));
        let mut command = Command::new("python3");
        let folder = project.path("");
        command.args(["-c", ACTIVATE, env!("CARGO_BIN_EXE_ipmint"), "serve"]).args(more);
        Server::spawn(command.current_dir(folder))
    };
    let server = activate(&[]);
    let urls = server.expect_urls(2);
    assert_eq!(curl(&[&format!("{}/healthz", urls[0])]), "ok\n");
    let socket = project.path("handed");
    let socket = socket.to_str().expect("text");
    assert_eq!(curl(&["--unix-socket", socket, "http://a/healthz"]), "ok\n");
    drop(server);
    // What is asked for is listened at as well.
    let server = activate(&["--listen", "127.0.0.1:0"]);
    server.expect_urls(3);
}

#[test]
fn the_service_manager_is_told() {
    let project = Project::new();
    let manager = UnixDatagram::bind(project.path("notify")).expect("bound");
    manager.set_read_timeout(Some(DEADLINE)).expect("set");
    let told = || {
        let mut bytes = [0; 512];
        let n_bytes = manager.recv(&mut bytes).expect("told");
        String::from_utf8_lossy(&bytes[..n_bytes]).trim().to_owned()
    };
    let mut command = project.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut server = Server::spawn(command.env("NOTIFY_SOCKET", project.path("notify")));
    assert_eq!(told(), "READY=1");
    server.signal(Signal::HUP);
    assert!(told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told(), "READY=1");
    server.signal(Signal::TERM);
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(server.expect_ended().code(), Some(0));
}
