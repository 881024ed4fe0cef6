//! A server on the loopback interface that answers every GET, for targets that install over HTTP as the program does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Serves what `answer` has for a path, for as long as the process lives, and returns its address with a `/` at the
/// end.
pub fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || talk(stream, &*answer));
        }
    });
    url
}

fn talk(stream: TcpStream, answer: &dyn Fn(&str) -> Vec<u8>) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    let (mut line, mut path) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some(rest) = line.strip_prefix("GET ") {
            rest.split(' ').next().unwrap_or_default().clone_into(&mut path);
        }
        if line == "\r\n" {
            let body = answer(&path);
            let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n", body.len());
            if reader.get_mut().write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
        line.clear();
    }
}
