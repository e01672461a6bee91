//! Files and folders that become visible whole: write beside, sync, rename, sync the directory.
#![expect(clippy::disallowed_methods, reason = "stores and caches live on disk")]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What names of unfinished files and folders begin with.
const UNFINISHED: &str = ".tmp-";

/// A folder that is removed again unless it is renamed into place.
#[derive(Debug)]
pub(crate) struct UnfinishedFolder {
    path: PathBuf,
    /// Those in it.
    folders: Vec<PathBuf>,
    is_placed: bool,
}

impl UnfinishedFolder {
    /// Creates an empty folder in `parent`.
    pub(crate) fn create(parent: &Path, name: &str) -> io::Result<Self> {
        let path = parent.join(format!("{UNFINISHED}{name}"));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir(&path)?;
        Ok(Self { path, folders: Vec::new(), is_placed: false })
    }

    /// Where it is until it is placed.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a folder in it.
    pub(crate) fn create_folder(&mut self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        fs::create_dir(&path)?;
        self.folders.push(path);
        Ok(())
    }

    /// Writes a file into it, down to the disk.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        write_synced(&self.path.join(name), bytes)
    }

    /// Gives a file a second name in it.
    pub(crate) fn link(&self, file: &Path, name: &str) -> io::Result<()> {
        link(file, &self.path.join(name))
    }

    /// Gives it its name beside itself; from then on it is visible.
    pub(crate) fn place(mut self, name: &str) -> io::Result<()> {
        self.folders.iter().try_for_each(|folder| sync_folder(folder))?;
        sync_folder(&self.path)?;
        fs::rename(&self.path, self.path.with_file_name(name))?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        if !self.is_placed {
            // What cannot be removed now is removed by the next publication.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Gives a file that never changes a second name, or where the file system cannot, a copy of it.
pub(crate) fn link(file: &Path, name: &Path) -> io::Result<()> {
    if fs::hard_link(file, name).is_ok() {
        return Ok(());
    }
    write_synced(name, &fs::read(file)?)
}

/// Replaces a file by one that is on the disk already; the folder is not synced yet.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_all(&[(path.to_owned(), bytes.to_vec())])
}

/// Replaces files of one folder, one right after the other, once all of them are on the disk; the
/// folder is not synced yet.
pub(crate) fn replace_all(files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    let unfinished: Vec<PathBuf> = files.iter().map(|(path, _)| beside(path)).collect();
    let write = || {
        for ((_, bytes), unfinished) in files.iter().zip(&unfinished) {
            write_synced(unfinished, bytes)?;
        }
        files.iter().zip(&unfinished).try_for_each(|((path, _), from)| fs::rename(from, path))
    };
    let written = write();
    if written.is_err() {
        // The error that matters is the one above.
        unfinished.iter().for_each(|path| drop(fs::remove_file(path)));
    }
    written
}

/// Where a file lies until it takes its place.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{UNFINISHED}{name}"))
}

/// Replaces a file whole, but for a power cut soon after: that may leave the file before, or an
/// empty one. For what is easily had again, and is too much to wait for.
pub(crate) fn replace_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |unfinished| fs::write(unfinished, bytes))
}

/// Replaces a file by one that others may do the same with, and syncs its folder.
pub(crate) fn replace_alike(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |unfinished| {
        write_synced(unfinished, bytes)?;
        match fs::metadata(path) {
            Ok(before) => fs::set_permissions(unfinished, before.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

fn replace_by(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let unfinished = beside(path);
    let written = write(&unfinished).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // The error that matters is the one above.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Makes renames in a folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows opens no folders as files; there NTFS's journal has to do.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Removes what builds that were killed left in a folder.
pub(crate) fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use crate::base::{UnfinishedFolder, remove_unfinished, replace, replace_alike};

    #[test]
    fn a_folder_that_is_not_placed_vanishes() {
        let dir = tempfile::tempdir().expect("a temp folder");
        let folder = UnfinishedFolder::create(dir.path(), "1").expect("created");
        folder.write("a", b"x").expect("written");
        drop(folder);
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 0);
        let folder = UnfinishedFolder::create(dir.path(), "1").expect("created");
        folder.write("a", b"x").expect("written");
        folder.place("1").expect("placed");
        assert_eq!(fs::read(dir.path().join("1/a")).expect("there"), b"x");
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        let dir = tempfile::tempdir().expect("a temp folder");
        let path = dir.path().join("a.mmdb");
        replace_alike(&path, b"1").expect("new");
        fs::set_permissions(&path, Permissions::from_mode(0o604)).expect("ours");
        replace_alike(&path, b"2").expect("again");
        assert_eq!(fs::read(&path).expect("there"), b"2");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o604);
    }

    #[test]
    fn a_file_is_replaced_or_left_alone() {
        let dir = tempfile::tempdir().expect("a temp folder");
        let path = dir.path().join("index.json");
        replace(&path, b"1").expect("new");
        replace(&path, b"2").expect("again");
        assert_eq!(fs::read(&path).expect("there"), b"2");
        fs::create_dir(dir.path().join("folder")).expect("created");
        replace(&dir.path().join("folder"), b"3").expect_err("a folder is in the way");
        fs::write(dir.path().join(".tmp-old"), b"").expect("written");
        remove_unfinished(dir.path()).expect("removed");
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 2);
    }
}
