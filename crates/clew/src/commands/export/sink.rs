//! Where exported requests go: a folder, one file, or stdout.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use wire::{Limits, Signal};

use crate::failure::{Exit, Failure};
use crate::format;

/// Takes requests one after another.
pub(super) enum Sink {
    /// Each request in a file of its own.
    Folder {
        path: PathBuf,
        files: usize,
    },
    /// All in one: OTLP requests one behind the other are one request, as protobuf joins messages.
    File {
        path: PathBuf,
        file: BufWriter<File>,
        bytes: usize,
    },
    Stdout,
}

/// Whether a path means stdout.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

impl Sink {
    /// Makes the folder or the file; what is there already is not touched.
    pub(super) fn open(path: &Path, signals: &[Signal]) -> Result<Self, Failure> {
        let is_file = path.extension().is_some_and(|extension| extension == "pb");
        if signals.len() != 1 && (is_file || is_stdout(path)) {
            let failure = Failure::new(Exit::Usage, "one file holds one signal");
            return Err(failure.with_hint("Add --signal traces, logs or metrics, or name a folder with --out."));
        }
        if is_stdout(path) {
            return Ok(Self::Stdout);
        }
        if is_file {
            let file = File::create_new(path).map_err(|error| not_written(path, error))?;
            return Ok(Self::File { path: path.to_owned(), file: BufWriter::new(file), bytes: 0 });
        }
        fs::create_dir_all(path).map_err(|error| not_written(path, error))?;
        if fs::read_dir(path).map_err(|error| not_written(path, error))?.next().is_some() {
            let failure = Failure::new(Exit::Usage, format!("the folder `{}` is not empty", path.display()));
            return Err(failure.with_hint("Name another one with --out: two exports in one folder could not be told apart."));
        }
        Ok(Self::Folder { path: path.to_owned(), files: 0 })
    }

    pub(super) fn write(&mut self, signal: Signal, request: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Folder { path, files } => {
                *files += 1;
                let path = path.join(format!("{files:03}.{}.pb", signal.as_str()));
                fs::write(&path, request).map_err(|error| not_written(&path, error))
            }
            Self::File { path, file, bytes } => {
                *bytes += request.len();
                file.write_all(request).map_err(|error| not_written(path, error))
            }
            Self::Stdout => io::stdout().lock().write_all(request).map_err(|error| not_written(Path::new("-"), error)),
        }
    }

    /// Brings what is still in memory to its place.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        match self {
            Self::Folder { .. } => Ok(()),
            Self::File { path, file, bytes } => {
                let bytes_max = Limits::default().body_bytes_max;
                if *bytes > bytes_max {
                    let (bytes, bytes_max) = (format::bytes(*bytes as u64), format::bytes(bytes_max as u64));
                    eprintln!("{bytes} in one request: receivers take {bytes_max}; export into a folder to send it again");
                }
                file.flush().map_err(|error| not_written(path, error))
            }
            Self::Stdout => io::stdout().lock().flush().map_err(|error| not_written(Path::new("-"), error)),
        }
    }

    /// How many files were written.
    pub(super) fn files(&self) -> usize {
        match self {
            Self::Folder { files, .. } => *files,
            Self::File { .. } => 1,
            Self::Stdout => 0,
        }
    }
}

fn not_written(path: &Path, error: io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "Name another file with --out: nothing is overwritten.",
        io::ErrorKind::BrokenPipe => "The reader of stdout ended before the export did.",
        _ => "Check the path, its permissions and the space on the disk.",
    };
    Failure::new(Exit::Failed, format!("cannot write to `{}`", path.display())).with_source(error).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_over_all_signals_and_a_used_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder");
        let mut sink = Sink::open(&path, &[Signal::Traces, Signal::Logs]).unwrap();
        sink.write(Signal::Traces, b"one").unwrap();
        sink.write(Signal::Logs, b"two").unwrap();
        assert_eq!(
            (fs::read(path.join("001.traces.pb")).unwrap(), fs::read(path.join("002.logs.pb")).unwrap()),
            (b"one".to_vec(), b"two".to_vec())
        );
        let refused = Sink::open(&path, &[Signal::Traces]).err().unwrap();
        assert!(refused.to_string().contains("not empty"));
    }

    #[test]
    fn one_file_holds_one_signal_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spans.pb");
        assert!(Sink::open(&path, &[Signal::Traces, Signal::Logs]).is_err());
        let mut sink = Sink::open(&path, &[Signal::Traces]).unwrap();
        sink.write(Signal::Traces, b"one").unwrap();
        sink.write(Signal::Traces, b"two").unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"onetwo");
        assert!(Sink::open(&path, &[Signal::Traces]).is_err());
        assert!(Sink::open(Path::new("-"), &[]).is_err());
    }
}
