%% Writes down what each server of Erlang showed, as peer.py does: servers:main([SERVER, PORT]).
-module(servers).
-export([main/1, do/1]).
-include_lib("inets/include/httpd.hrl").

main([Server, Port]) ->
    register(log, spawn(fun() -> {ok, File} = file:open("seen.json", [append, raw]), keep(File) end)),
    start(Server, list_to_integer(Port)),
    receive never -> ok end.

keep(File) ->
    receive {Line, From} -> ok = file:write(File, Line), From ! kept end,
    keep(File).

quoted(Text) ->
    ["\"", [if C < 32; C > 126; C =:= $"; C =:= $\\ -> io_lib:format("\\u~4.16.0b", [C]); true -> C end || C <- text(Text)], "\""].

text(Text) when is_atom(Text) -> atom_to_list(Text);
text(Text) when is_binary(Text) -> binary_to_list(Text);
text(Text) -> lists:flatten(Text).

saw(Client, Method, Target, Headers) ->
    Flat = lists:join(",", lists:append([[quoted(Name), quoted(Value)] || {Name, Value} <- Headers])),
    log ! {["{\"client\":", quoted(Client), ",\"method\":", quoted(Method), ",\"target\":", quoted(Target), ",\"headers\":[", Flat, "]}\n"], self()},
    receive kept -> ok end.

start("mochiweb", Port) ->
    application:ensure_all_started(mochiweb),
    {ok, _} = mochiweb_http:start([{name, peer}, {ip, "127.0.0.1"}, {port, Port}, {loop, fun mochiweb/1}]);
start("inets", Port) ->
    inets:start(),
    {ok, _} = inets:start(httpd, [{port, Port}, {bind_address, {127, 0, 0, 1}}, {server_name, "peer"}, {server_root, "."}, {document_root, "."}, {modules, [servers]}]).

mochiweb(Request) ->
    Client = case catch mochiweb_request:get(peer, Request) of {'EXIT', _} -> "0.0.0.0"; Peer -> Peer end,
    Headers = [{Name, Value} || {Name, Value} <- mochiweb_headers:to_list(mochiweb_request:get(headers, Request))],
    saw(Client, mochiweb_request:get(method, Request), mochiweb_request:get(raw_path, Request), Headers),
    mochiweb_request:recv_body(Request),
    mochiweb_request:respond({200, [], ""}, Request).

do(Request) ->
    {_, Client} = (Request#mod.init_data)#init_data.peername,
    saw(Client, Request#mod.method, Request#mod.request_uri, Request#mod.parsed_header),
    {proceed, [{response, {200, ""}}]}.
