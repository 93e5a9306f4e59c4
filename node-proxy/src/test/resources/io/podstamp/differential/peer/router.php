<?php
// One application for PHP's built-in server.
$headers = [];
foreach ($_SERVER as $name => $value) {
    if (strncmp($name, 'HTTP_', 5) === 0) {
        array_push($headers, substr($name, 5), preg_replace('/[^ -~]/', '?', (string) $value));
    }
}
file_put_contents('@HOME@/seen.json', json_encode(['client' => $_SERVER['REMOTE_ADDR'], 'method' => $_SERVER['REQUEST_METHOD'], 'target' => '/', 'headers' => $headers]) . "\n", FILE_APPEND);
