-- Arguments: the bytes of a body to POST, the requests to send at once, the milliseconds to wait before each request.
-- The last line of output is for Wrk.java.
init = function(args)
  local body, depth, pause = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  if body > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("x", body)
  end
  if depth > 1 then
    local batch = string.rep(wrk.format(), depth)
    request = function() return batch end
  end
  if pause > 0 then
    delay = function() return pause end
  end
end

done = function(summary, latency, requests)
  local e = summary.errors
  local errors = string.format("%d connects, %d reads, %d writes, %d other answers, %d late",
    e.connect, e.read, e.write, e.status, e.timeout)
  io.write(string.format(
    '{"requests":%d,"micros":%d,"failures":%d,"errors":"%s","p50":%d,"p99":%d,"p999":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout, errors,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
