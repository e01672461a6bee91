//! Settings from four places, one before the other.

use crate::support::Project;

fn config(project: &Project, args: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = project.command(&[&["serve", "--print-config"], args].concat());
    let output = command.envs(environment.iter().copied()).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn arguments_go_before_the_environment_and_that_before_the_file() {
    let project = Project::new();
    project.write(
        "serve.toml",
        "listen = ['127.0.0.1:1']\noutput = 'file'\nthreads = 1\n[log]\nformat = 'json'\n",
    );
    let environment = [("IPMINT_CONFIG", "serve.toml"), ("IPMINT_OUTPUT", "environment")];
    let check = |args: &[&str], environment: &[(&str, &str)], expected: &[&str]| {
        let config = config(&project, args, environment);
        for line in expected {
            assert!(config.lines().any(|found| found == *line), "{line} in {config}");
        }
    };
    check(&[], &[], &["listen = [\"127.0.0.1:8080\"]", "output = \"output\"", "format = \"text\""]);
    check(
        &[],
        &environment[..1],
        &["listen = [\"127.0.0.1:1\"]", "output = \"file\"", "threads = 1"],
    );
    check(&[], &environment, &["output = \"environment\"", "format = \"json\""]);
    check(
        &["--output", "argument", "--log", "off", "--threads", "7"],
        &environment,
        &["output = \"argument\"", "format = \"off\"", "threads = 7"],
    );
    let several = [("IPMINT_LISTEN", "127.0.0.1:2,unix:sock")];
    check(&[], &several, &["listen = [\"127.0.0.1:2\", \"unix:sock\"]"]);
    check(&["--listen", "[::1]:3"], &several, &["listen = [\"[::1]:3\"]"]);
    let tls = ["--tls-cert", "c.pem", "--tls-key", "k.pem", "--keys", "keys", "--plans", "plans"];
    check(&tls, &[], &["certificate = \"c.pem\"", "key = \"k.pem\"", "keys = \"keys\""]);
}

#[test]
fn what_is_printed_can_be_read() {
    let project = Project::new();
    let args = ["--listen", "unix:a b", "--tls-cert", "c", "--tls-key", "k", "--threads", "3"];
    let printed = config(&project, &args, &[]);
    project.write("serve.toml", &printed);
    assert_eq!(config(&project, &["--config", "serve.toml"], &[]), printed);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let project = Project::new();
    project.write("serve.toml", "listen = []\n\n[limits]\nconections = 1\n");
    let ended = project.run(&["serve", "--config", "serve.toml"]).expect_code(2);
    assert!(ended.stderr.contains("serve.toml:1: listen: "), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("serve.toml:4: limits: unknown key `conections`"),
        "{}",
        ended.stderr
    );
    let ended = project.run(&["serve", "--config", "none.toml"]).expect_code(1);
    assert!(ended.stderr.contains("none.toml"), "{}", ended.stderr);
    let ended = project.run(&["serve", "--listen", "localhost:1"]).expect_code(2);
    assert!(ended.stderr.contains("localhost:1"), "{}", ended.stderr);
    let ended = project.run(&["serve", "--listen", "https://127.0.0.1:0"]).expect_code(2);
    assert!(ended.stderr.contains("needs a certificate"), "{}", ended.stderr);
}
