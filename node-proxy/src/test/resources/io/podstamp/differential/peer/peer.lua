-- Writes down what each server of Lua showed, as peer.py does: lua-http's, or HAProxy's Lua service.
local log = io.open("@HOME@/seen.json", "a")
log:setvbuf("no")

local function quoted(text)
  return '"' .. text:gsub('[^ !#-%[%]-~]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function saw(client, method, target, headers)
  for i, text in ipairs(headers) do headers[i] = quoted(text) end
  log:write(('{"client":%s,"method":%s,"target":%s,"headers":[%s]}\n'):format(quoted(client), quoted(method), quoted(target), table.concat(headers, ",")))
end

if core then
  core.register_service("peer", "http", function(applet)
    local headers = {}
    for name, values in pairs(applet.headers) do
      for _, value in pairs(values) do
        headers[#headers + 1] = name
        headers[#headers + 1] = value
      end
    end
    saw(applet.f:src(), applet.method, applet.path, headers)
    applet:receive()
    applet:set_status(200)
    applet:add_header("content-length", "0")
    applet:start_response()
  end)
  return
end

local server = assert(require("http.server").listen({
  host = "127.0.0.1",
  port = @PORT@,
  tls = false,
  onstream = function(_, stream)
    local request = assert(stream:get_headers())
    local headers = {}
    for name, value in request:each() do
      headers[#headers + 1] = name
      headers[#headers + 1] = value
    end
    local _, client = stream:peername()
    saw(client or "0.0.0.0", request:get(":method") or "", request:get(":path") or "", headers)
    stream:get_body_as_string(1)
    local answer = require("http.headers").new()
    answer:append(":status", "200")
    answer:append("content-length", "0")
    stream:write_headers(answer, true)
  end,
  onerror = function() end,
}))
assert(server:loop())
