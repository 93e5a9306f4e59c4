#lang racket/base
; Writes down what Racket's web server showed of each request, as peer.py does.
(require web-server/web-server web-server/http json net/url
         (prefix-in lift: web-server/dispatchers/dispatch-lift))
(define log (open-output-file "@HOME@/seen.json" #:exists 'append))
(define one-at-a-time (make-semaphore 1))
(define (answer request)
  (define line
    (jsexpr->string
     (hasheq 'client (request-client-ip request)
             'method (bytes->string/latin-1 (request-method request))
             'target (url->string (request-uri request))
             'headers (apply append
                             (for/list ([h (request-headers/raw request)])
                               (list (bytes->string/latin-1 (header-field h)) (bytes->string/latin-1 (header-value h))))))))
  (call-with-semaphore one-at-a-time (lambda () (write-string line log) (newline log) (flush-output log)))
  (response/output void #:mime-type #"text/plain"))
(serve #:dispatch (lift:make answer) #:listen-ip "127.0.0.1" #:port @PORT@)
(sync never-evt)
