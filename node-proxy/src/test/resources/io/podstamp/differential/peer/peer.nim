# Writes down what Nim's asynchttpserver showed of each request, as peer.py does.
import std/[asyncdispatch, asynchttpserver, json, os, strutils, unicode]

let log = open("seen.json", fmAppend)

# Latin-1 becomes UTF-8, a character a byte.
proc text(bytes: string): string =
  for c in bytes: result.add($Rune(ord(c)))

proc answer(request: Request) {.async, gcsafe.} =
  var headers: seq[string]
  for name, value in request.headers: headers.add([text(name), text(value)])
  {.cast(gcsafe).}:
    log.writeLine($(%*{"client": request.hostname, "method": $request.reqMethod, "target": text(request.url.path), "headers": headers}))
    log.flushFile()
  await request.respond(Http200, "")

waitFor newAsyncHttpServer().serve(Port(parseInt(paramStr(1))), answer, "127.0.0.1")
