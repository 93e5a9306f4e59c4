;; Writes down what Guile's web server showed of each request, as peer.py does.
(use-modules (web server) (web request) (web uri) (web http) (ice-9 format))
(define log (open-file "@HOME@/seen.json" "a"))
(define (quoted text)
  (string-append "\""
                 (string-concatenate
                  (map (lambda (c)
                         (if (or (not (< 31 (char->integer c) 127)) (memv c '(#\" #\\)))
                             (format #f "\\u~4,'0x" (char->integer c))
                             (string c)))
                       (string->list text)))
                 "\""))
(define (answer request body)
  (let* ((socket (request-port request))
         (client (false-if-exception (inet-ntop AF_INET (sockaddr:addr (getpeername socket)))))
         (headers (apply append
                         (map (lambda (h) (list (quoted (symbol->string (car h))) (quoted (format #f "~a" (cdr h)))))
                              (request-headers request)))))
    (format log "{\"client\":~a,\"method\":~a,\"target\":~a,\"headers\":[~a]}\n"
            (quoted (or client "0.0.0.0")) (quoted (symbol->string (request-method request)))
            (quoted (uri->string (request-uri request))) (string-join headers ","))
    (force-output log)
    (values '((content-type . (text/plain))) "")))
(run-server answer 'http (list #:port @PORT@ #:addr INADDR_LOOPBACK))
