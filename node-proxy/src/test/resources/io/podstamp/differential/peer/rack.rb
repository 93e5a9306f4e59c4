# One Rack application, served by whichever handler is named.
require 'json'
LOG = File.open('@HOME@/seen.json', 'a')
LOG.sync = true
APP = lambda do |env|
  headers = env.select { |name, _| name.start_with?('HTTP_') && name != 'HTTP_VERSION' }.flat_map { |name, value| [name.delete_prefix('HTTP_'), value.to_s.dup.force_encoding('ISO-8859-1').encode('UTF-8')] }
  LOG.write(JSON.generate('client' => env['REMOTE_ADDR'] || '0.0.0.0', 'method' => env['REQUEST_METHOD'], 'target' => env['PATH_INFO'].dup.force_encoding('ISO-8859-1').encode('UTF-8'), 'headers' => headers) + "\n")
  env['rack.input']&.read
  [200, { 'content-length' => '0' }, []]
end
case '@OPTIONS@'
when 'webrick'
  require 'webrick'
  server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: @PORT@, Logger: WEBrick::Log.new(File::NULL), AccessLog: [])
  server.mount_proc('/') do |request, response|
    headers = request.raw_header.flat_map { |line| line.chomp.split(':', 2).map { |part| part.to_s.strip.force_encoding('ISO-8859-1').encode('UTF-8') } }
    headers = request.header.flat_map { |name, values| values.flat_map { |value| [name.dup.force_encoding('ISO-8859-1').encode('UTF-8'), value.to_s.dup.force_encoding('ISO-8859-1').encode('UTF-8')] } }
    LOG.write(JSON.generate('client' => request.peeraddr[3], 'method' => request.request_method, 'target' => request.path.dup.force_encoding('ISO-8859-1').encode('UTF-8'), 'headers' => headers) + "\n")
    response.status = 200
  end
  %w[PUT DELETE OPTIONS REPORT QUERY].each { |method| WEBrick::HTTPServlet::ProcHandler.class_eval { alias_method "do_#{method}", :do_GET } }
  trap('TERM') { server.shutdown }
  server.start
when 'puma'
  require 'puma'
  server = Puma::Server.new(APP, (defined?(Puma::LogWriter) ? Puma::LogWriter : Puma::Events).strings)
  server.add_tcp_listener('127.0.0.1', @PORT@)
  trap('TERM') { exit!(0) }
  server.run.join
when 'thin'
  require 'thin'
  Thin::Logging.silent = true
  Thin::Server.start('127.0.0.1', @PORT@, APP, signals: true)
end
