//! As much of GitLab's API as the pipeline asks: the notes of merge request 9, and that 8 is merged.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A running server; it ends when it is dropped.
pub(crate) struct GitLab {
    port: u16,
    state: Arc<Mutex<State>>,
    server: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// Of the token's user.
    notes: Vec<String>,
    requests: Vec<String>,
}

const USER: u64 = 42;
const STRANGER: u64 = 5;
/// What ids of notes begin with.
const FIRST: usize = 1000;

impl GitLab {
    pub(crate) const TOKEN: &str = "glpat-of-a-test";

    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let server = spawn(move || {
            for stream in listener.incoming() {
                if !answer(stream.unwrap(), &shared) {
                    break;
                }
            }
        });
        Self { port, state, server: Some(server) }
    }

    /// `CI_API_V4_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.state.lock().unwrap().notes.clone()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

impl Drop for GitLab {
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            stream.write_all(b"GET /end HTTP/1.1\r\n\r\n").ok();
        }
        self.server.take().map(JoinHandle::join);
    }
}

/// Answers one request. False: it asks the server to end.
fn answer(stream: TcpStream, state: &Mutex<State>) -> bool {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
    let header = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let request = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    if request == "GET /end" {
        return false;
    }
    let allowed = header("private-token").as_deref() == Some(GitLab::TOKEN);
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    let found = allowed.then(|| state.serve(&request, &String::from_utf8(body).unwrap())).flatten();
    let (status, next, text) = match found {
        Some((next, value)) => ("200 OK", next, value.to_string()),
        None => ("404 Not Found", "", "{}".to_owned()),
    };
    let length = text.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nX-Next-Page: {next}\r\nConnection: close\r\n\r\n{text}");
    reader.get_mut().write_all(head.as_bytes()).unwrap();
    true
}

impl State {
    /// The next page, and what is answered.
    fn serve(&mut self, request: &str, body: &str) -> Option<(&'static str, Value)> {
        const NOTES: &str = "/projects/7/merge_requests/9/notes";
        let (method, path) = request.split_once(' ')?;
        let note = || {
            let text = body.strip_prefix("body=")?.replace('+', " ");
            Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
        };
        match (method, path.strip_prefix(NOTES)) {
            ("GET", Some("?per_page=100&page=1")) => {
                // Somebody has copied the note: it is not ours to edit.
                let copy = self.notes.first().cloned().unwrap_or_default();
                Some(("2", json!([{ "id": 1, "author": { "id": STRANGER }, "body": copy }])))
            }
            ("GET", Some("?per_page=100&page=2")) => {
                let notes = self.notes.iter().enumerate();
                let notes = notes.map(|(number, body)| json!({ "id": FIRST + number, "author": { "id": USER }, "body": body }));
                Some(("", notes.collect()))
            }
            ("POST", Some("")) => {
                self.notes.push(note()?);
                Some(("", json!({})))
            }
            ("PUT", Some(id)) => {
                let number = id.strip_prefix('/')?.parse::<usize>().ok()?.checked_sub(FIRST)?;
                *self.notes.get_mut(number)? = note()?;
                Some(("", json!({})))
            }
            _ => match request {
                "GET /user" => Some(("", json!({ "id": USER }))),
                "GET /projects/7/merge_requests/8" => Some(("", json!({ "state": "merged" }))),
                "GET /projects/7/merge_requests/9" => Some(("", json!({ "state": "opened" }))),
                _ => None,
            },
        }
    }
}
