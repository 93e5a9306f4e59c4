// Writes down what Pike's server showed of each request, as peer.py does.
Stdio.File log = Stdio.File("@HOME@/seen.json", "wac");

void answer(object request) {
  array(string) headers = ({});
  foreach (request->request_headers; string name; string|array(string) value)
    foreach (Array.arrayify(value), string one)
      headers += ({ name, one });
  string client = request->my_fd && request->my_fd->query_address();
  log->write("%s\n", Standards.JSON.encode(([
    "client": client ? (client / " ")[0] : "0.0.0.0",
    "method": request->request_type || "", "target": request->not_query || "", "headers": headers ])));
  request->response_and_finish(([ "data": "", "type": "text/plain" ]));
}

int main() {
  Protocols.HTTP.Server.Port(answer, @PORT@, "127.0.0.1");
  return -1;
}
