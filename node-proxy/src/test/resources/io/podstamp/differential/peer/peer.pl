% Writes down what SWI-Prolog's server showed of each request, as peer.py does.
:- use_module(library(http/thread_httpd)).
:- use_module(library(http/json)).
:- initialization(main, main).

main :-
    http_server(answer, [port(localhost:@PORT@), workers(16)]),
    thread_get_message(end).

answer(Request) :-
    memberchk(method(Method), Request),
    memberchk(request_uri(Target), Request),
    ( memberchk(peer(ip(A, B, C, D)), Request) -> format(atom(Client), '~w.~w.~w.~w', [A, B, C, D]) ; Client = '0.0.0.0' ),
    findall([Name, Text],
            ( member(Header, Request), Header =.. [Name, Value], \+ memberchk(Name, [peer, pool, input, path, protocol]), format(string(Text), '~w', [Value]) ),
            Pairs),
    append(Pairs, Headers),
    with_mutex(log, ( open('@HOME@/seen.json', append, Out, [encoding(utf8)]),
                      json_write_dict(Out, _{client: Client, method: Method, target: Target, headers: Headers}, [width(0)]),
                      nl(Out), close(Out) )),
    format('Content-type: text/plain~n~n').
