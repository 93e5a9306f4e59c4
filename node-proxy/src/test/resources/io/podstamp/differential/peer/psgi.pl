# One PSGI application, served by whichever server is named.
use strict;
use JSON::PP;
open(my $log, '>>', '@HOME@/seen.json') or die;
$log->autoflush(1);
my $app = sub {
  my $env = shift;
  my @headers = map { (substr($_, 5), "$env->{$_}") } grep { /^HTTP_/ } keys %$env;
  syswrite($log, JSON::PP->new->latin1->encode({ client => $env->{REMOTE_ADDR} // '0.0.0.0', method => $env->{REQUEST_METHOD}, target => $env->{PATH_INFO}, headers => \@headers }) . "\n");
  my $left = $env->{CONTENT_LENGTH} || 0;
  while ($left > 0 && (my $read = $env->{'psgi.input'}->read(my $body, $left < 8192 ? $left : 8192))) { $left -= $read; }
  return [200, ['Content-Length' => 0], []];
};
if ('@OPTIONS@' eq 'mojo') {
  require Mojo::Server::PSGI;
  require Mojo::Server::Daemon;
  require Mojolicious;
  my $mojo = Mojolicious->new(secrets => ['x']);
  $mojo->log->level('fatal');
  $mojo->hook(before_dispatch => sub {
    my $c = shift;
    my @headers;
    for my $name (@{ $c->req->headers->names }) { push @headers, $name, $_ for @{ $c->req->headers->every_header($name) }; }
    syswrite($log, JSON::PP->new->latin1->encode({ client => $c->tx->remote_address || '0.0.0.0', method => $c->req->method, target => $c->req->url->path->to_string, headers => \@headers }) . "\n");
    $c->render(text => '');
  });
  Mojo::Server::Daemon->new(app => $mojo, listen => ['http://127.0.0.1:@PORT@'], silent => 1)->run;
} else {
  require Plack::Loader;
  Plack::Loader->load('@OPTIONS@', host => '127.0.0.1', port => @PORT@, access_log => '/dev/null', max_workers => 8, workers => 4)->run($app);
}
