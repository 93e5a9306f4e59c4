-- The application behind HAProxy; writes down what it saw, as peer.py does.
local log = io.open("@HOME@/seen.json", "a")
log:setvbuf("no")

local function quoted(text)
  return '"' .. text:gsub("[^%w%-_/.:* ]", function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

core.register_service("peer", "http", function(applet)
  local headers = {}
  for name, values in pairs(applet.headers) do
    for _, value in pairs(values) do
      headers[#headers + 1] = quoted(name)
      headers[#headers + 1] = quoted(value)
    end
  end
  log:write(('{"client":%s,"method":%s,"target":%s,"headers":[%s]}\n'):format(quoted(applet.f:src()), quoted(applet.method), quoted(applet.path), table.concat(headers, ",")))
  applet:receive()
  applet:set_status(200)
  applet:add_header("content-length", "0")
  applet:start_response()
end)
