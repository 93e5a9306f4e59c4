# Writes down what Perl's HTTP::Daemon showed of each request, as peer.py does; a process a connection.
use strict;
use HTTP::Daemon;
use JSON::PP;
$SIG{CHLD} = 'IGNORE';
my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => @PORT@, ReuseAddr => 1, Listen => 256) or die;
open(my $log, '>>', '@HOME@/seen.json') or die;
while (1) {
  my $connection = $daemon->accept or next; # a client may be gone again
  next if fork;
  $connection->timeout(3);
  while (my $request = $connection->get_request) {
    my @headers;
    $request->headers->scan(sub { push @headers, @_ });
    syswrite($log, JSON::PP->new->latin1->encode({ client => $connection->peerhost // '0.0.0.0', method => $request->method, target => $request->uri->as_string, headers => \@headers }) . "\n");
    $connection->send_response(HTTP::Response->new(200, 'OK', ['Content-Length' => 0]));
  }
  exit;
}
