-- Pipelines DEPTH requests per write, and ends with one line for the bench to read.

local depth = tonumber(os.getenv("DEPTH"))

-- Without a function `request` wrk sends one fixed request and never enters Lua.
if depth > 1 then
   local batch
   function init()
      batch = string.rep(wrk.format(), depth)
   end
   function request()
      return batch
   end
end

function done(summary)
   local e = summary.errors
   local errors = e.connect + e.read + e.write + e.status + e.timeout
   print(string.format("bench: %d requests %d us %d errors", summary.requests, summary.duration, errors))
end
