# What Perl's Mail::DKIM says of signed letters, of their RSA signatures alone: as Debian 12 ships it, it knows no Ed25519.
# Reads JSON {"messages": [base64], "dns": {name: TXT value}} from standard input; writes a JSON list of results.

use strict;
use warnings;
use JSON::PP;
use MIME::Base64;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS;

my $asked = decode_json(do { local $/; <STDIN> });

package Records;
sub new { return bless {}, shift }
sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    $packet->header->qr(1);
    my $value = $asked->{dns}{$name};
    if (defined $value and $type eq 'TXT') {
        my @strings = $value =~ /(.{1,255})/gs;
        $packet->push(answer => Net::DNS::RR->new(
            name => $name, type => 'TXT', ttl => 60, txtdata => \@strings));
    } else {
        $packet->header->rcode('NXDOMAIN');
    }
    return $packet;
}
sub query { my $self = shift; return $self->send(@_) }
sub errorstring { return '' }

package main;
Mail::DKIM::DNS::resolver(Records->new);

my @told;
for my $message (@{ $asked->{messages} }) {
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(decode_base64($message));
    $verifier->CLOSE;
    push @told, { map { $_->algorithm => $_->result } $verifier->signatures };
}
print encode_json(\@told);
