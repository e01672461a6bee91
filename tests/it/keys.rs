//! Signatures are those of the stock minisign tool, either way.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ipmint::release::{PublicKey, SignError, Signer};

use crate::support::{Ended, Project};

const TEXT: &str = "what is signed\n";
const COMMENT: &str = "ipmint 20261122.1 sequence 7";

/// Runs the stock tool in a folder.
fn minisign(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("minisign");
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.output().expect("minisign; `cargo xtask setup` installs it")
}

/// A project with a key pair and `TEXT` in `file`, signed.
fn signed() -> (Project, PublicKey) {
    let project = Project::new();
    let line = project.run(&["keys", "sign", "new"]).expect_code(0).stdout;
    let signer = Signer::open(&project.path("ipmint.key"), None).expect("ours");
    project.write("file", TEXT);
    project.write("file.minisig", signer.sign(TEXT.as_bytes(), COMMENT));
    (project, line.parse().expect("a public key"))
}

#[track_caller]
fn check(project: &Project, is_good: bool) {
    let output = minisign(&project.path(""), &["-V", "-p", "ipmint.pub", "-m", "file"]);
    assert_eq!(output.status.success(), is_good, "{output:?}");
    if is_good {
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains(&format!("Trusted comment: {COMMENT}")), "{told}");
    }
}

#[test]
fn the_stock_tool_believes_what_we_sign() {
    let (project, key) = signed();
    check(&project, true);
    let by_line = ["-V", "-P", &key.to_string(), "-m", "file"];
    assert!(minisign(&project.path(""), &by_line).status.success());
    let signature = fs::read_to_string(project.path("file.minisig")).expect("written");
    assert_eq!(key.verify(TEXT.as_bytes(), &signature).expect("signed"), COMMENT);

    project.write("file.minisig", signature.replace("sequence 7", "sequence 8"));
    check(&project, false);
    project.write("file.minisig", &signature);
    project.write("file", "something else\n");
    check(&project, false);
}

#[test]
fn we_believe_what_the_stock_tool_signs() {
    let project = Project::new();
    let folder = project.path("");
    project.write("file", TEXT);
    let make = minisign(&folder, &["-G", "-W", "-p", "a.pub", "-s", "a.key"]);
    assert!(make.status.success(), "{make:?}");
    let sign = minisign(&folder, &["-S", "-s", "a.key", "-m", "file", "-t", COMMENT]);
    assert!(sign.status.success(), "{sign:?}");
    let key = PublicKey::open(&project.path("a.pub")).expect("theirs");
    let signature = fs::read_to_string(project.path("file.minisig")).expect("written");
    assert_eq!(key.verify(TEXT.as_bytes(), &signature).expect("signed"), COMMENT);
    for (bytes, signature) in [
        ("something else\n", signature.clone()),
        (TEXT, signature.replace("sequence 7", "sequence 8")),
    ] {
        let refused = key.verify(bytes.as_bytes(), &signature);
        assert!(matches!(refused, Err(SignError::Unsigned { .. })), "{refused:?}");
    }

    // Its secret key signs for us as well.
    fs::set_permissions(project.path("a.key"), Permissions::from_mode(0o600)).expect("ours");
    let signer = Signer::open(&project.path("a.key"), None).expect("theirs");
    assert_eq!(signer.public_key(), key);
    project.write("file.minisig", signer.sign(TEXT.as_bytes(), COMMENT));
    assert!(minisign(&folder, &["-V", "-p", "a.pub", "-m", "file"]).status.success());

    // Signatures of the older kind are of the bytes themselves.
    let sign = minisign(&folder, &["-S", "-l", "-s", "a.key", "-m", "file"]);
    assert!(sign.status.success(), "{sign:?}");
    let signature = fs::read_to_string(project.path("file.minisig")).expect("written");
    key.verify(TEXT.as_bytes(), &signature).expect_err("of the older kind");
}

#[test]
fn a_secret_key_is_its_owners_alone() {
    let project = Project::new();
    let ended = project.run(&["keys", "sign", "new", "--out", "a.key"]).expect_code(0);
    let public = fs::read_to_string(project.path("a.pub")).expect("written");
    assert_eq!(public.lines().nth(1), Some(ended.stdout.trim()));
    ended.expect_stderr(&["a.key", "a.pub", "ipmint pull URL EDITION --out FILE --key RW"]);
    let path = project.path("a.key");
    let mode = || fs::metadata(&path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    for exposed in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, Permissions::from_mode(exposed)).expect("ours");
        let error = Signer::open(&path, None).expect_err("exposed").to_string();
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    let again = || project.run(&["keys", "sign", "new", "--out", "a.key"]);
    again().expect_code(1).expect_stderr(&["a.key is there already", "--force"]);
    let forced = project.run(&["keys", "sign", "new", "--out", "a.key", "--force"]).expect_code(0);
    assert_eq!(mode(), 0o600);
    assert_ne!(forced.stdout.trim(), public.lines().nth(1).expect("a key"));
    let named = project.run(&["keys", "sign", "new", "--out", "b.pub"]);
    named.expect_code(1).expect_stderr(&["cannot end in `.pub`"]);
}

#[test]
fn a_password_encrypts_the_secret_key() {
    let project = Project::new();
    let mut command = project.command(&["keys", "sign", "new"]);
    let output = command.env("IPMINT_SIGN_PASSWORD", "open sesame").output().expect("runs");
    let key: PublicKey = Ended::of(output).expect_code(0).stdout.parse().expect("a public key");
    let open = |password| Signer::open(&project.path("ipmint.key"), password);
    assert!(matches!(open(None), Err(SignError::NoPassword { .. })));
    assert!(matches!(open(Some("open barley")), Err(SignError::Secret { .. })));
    assert_eq!(open(Some("open sesame")).expect("the password").public_key(), key);
    project.write("ipmint.key", "untrusted comment: x\nRWQAAEIyx\n");
    assert!(matches!(open(None), Err(SignError::Secret { .. })));
}
