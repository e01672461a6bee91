//! Files and folders that become visible whole: write beside, sync, rename, sync the directory.
#![expect(clippy::disallowed_methods, reason = "stores and caches live on disk")]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What names of unfinished files and folders begin with.
pub(crate) const UNFINISHED: &str = ".tmp-";

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

/// A file that is removed again unless it is renamed into place.
#[derive(Debug)]
pub(crate) struct UnfinishedFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
    is_placed: bool,
}

impl UnfinishedFile {
    /// Creates an empty file beside the target.
    pub(crate) fn beside(target: &Path) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!("{UNFINISHED}{name}"));
        let file = File::create(&path)?;
        Ok(Self { file, path, target: target.to_owned(), is_placed: false })
    }

    /// The file, for writing.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives it the target's name, down to the disk; from then on it is visible.
    pub(crate) fn place(self) -> io::Result<()> {
        self.file.sync_all()?;
        let folder = match self.target.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        self.rename()?;
        sync_folder(&folder)
    }

    fn rename(mut self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        if !self.is_placed {
            // The error that matters is the one that kept it from its place.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Replaces a file by one that is on the disk already; the folder is not synced yet.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_all(&[(path.to_owned(), bytes.to_vec())])
}

/// Replaces files of one folder, one right after the other, once all of them are on the disk; the
/// folder is not synced yet.
pub(crate) fn replace_all(files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    let mut unfinished = Vec::new();
    for (path, bytes) in files {
        let mut file = UnfinishedFile::beside(path)?;
        file.file.write_all(bytes)?;
        file.file.sync_all()?;
        unfinished.push(file);
    }
    unfinished.into_iter().try_for_each(UnfinishedFile::rename)
}

/// Replaces a file whole, but for a power cut soon after: that may leave the file before, or an
/// empty one. For what is easily had again, and is too much to wait for.
pub(crate) fn replace_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = UnfinishedFile::beside(path)?;
    unfinished.file.write_all(bytes)?;
    unfinished.rename()
}

/// Replaces a file by one with the same permissions, down to the disk.
pub(crate) fn replace_alike(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unfinished = UnfinishedFile::beside(path)?;
    unfinished.file.write_all(bytes)?;
    match fs::metadata(path) {
        Ok(before) => unfinished.file.set_permissions(before.permissions())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    unfinished.place()
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
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use crate::base::{
        UnfinishedFile, UnfinishedFolder, remove_unfinished, replace, replace_alike,
    };

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
    fn a_file_that_is_not_placed_leaves_the_old_one() {
        let dir = tempfile::tempdir().expect("a temp folder");
        let path = dir.path().join("list.txt");
        fs::write(&path, b"old").expect("written");
        let mut file = UnfinishedFile::beside(&path).expect("created");
        file.file().write_all(b"half").expect("written");
        drop(file);
        assert_eq!(fs::read(&path).expect("there"), b"old");
        let mut file = UnfinishedFile::beside(&path).expect("created");
        file.file().write_all(b"new").expect("written");
        file.place().expect("placed");
        assert_eq!(fs::read(&path).expect("there"), b"new");
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
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
