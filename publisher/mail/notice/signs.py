"""By what a notice is known: who wrote it, what its subject says, what its words say.

Substrings of lower-case text in the languages of mail servers; one pass each.

Pure values.
"""

from __future__ import annotations

from publisher.mail.listed import listed

# Names before the @ of programs that carry mail.
DAEMONS = listed(
    """
    mailer-daemon | mailerdaemon | mailer_daemon | mailer | mail-daemon | maildaemon | mail.daemon | postmaster
    postmast | mdaemon | daemon | mmdf | uucp | smtp-daemon | smtpd | pmdf | microsoftexchange
    system-administrator | systemadministrator | administrator | mailadmin | mail-admin | mail-relay | mta | root
    bounce | bounces | ndr | noreply-dmarc | amavisd | virusalert | mailsweeper | mailgateway | mailmarshal
    internet-mail
    """
)
DAEMON_NAMES = listed(
    """
    mail delivery | mail deliver | mailer-daemon | mailer daemon | delivery subsystem | delivery system
    mail system | mail administrator | system administrator | systemadministrator | postmaster
    microsoft exchange | microsoft outlook | internet mail delivery | mail server | mail gateway | email security
    non-delivery | returned mail | unzustellbar | администратор | почтовая служба
    """
)

# Subjects of notices that somebody did not get a letter.
SUBJECTS = listed(
    """
    undeliver | undeliv | undelivr | undlvd | not deliver | could not be deliver | couldn't be deliver
    cannot be deliver | can't be deliver | unable to deliver | deliver problem | delivery fail | delivery error
    delivery status | delivery problem | delivery report | delivery notification | delivery has failed
    delivery was not | delivery subsystem | delivery unsuccess | failed delivery | failure deliver
    failure notice | failed mail | failed notice | mail failure | mail failed | mail error | mail system error
    mail delivery | mail could not | mail refused | mail returned | message failure | message status
    message you sent blocked | message not | message rejected | message undel | mail undel | error sending
    error in sending | error mail | nondeliver | non deliver | non-deliver | non delivery | non-delivery
    non remis | non-remis | non délivr | non distribu | non reçu | not been delivered | not delivered | rejected:
    rejected mail | rejected posting | returned mail | returned to sender | returned email | returned message
    returning message | return to sender | returned: | user unknown | unknown user | unknown recipient
    unknown address | address unknown | no such user | no such address | mailbox full | mailbox unavailable
    mailbox is full | over quota | quota exceed | recipient unknown | recipient rejected | invalid recipient
    invalid address | bounce | permanent delivery | permanent fatal | problème de distribution
    problem delivering | problem with delivery | warning: could not send | warning: message
    could not send message | unzustellbar | unzustellbarkeit | nicht zustellbar | nicht zugestellt | zustellung
    fehlgeschlagen | échec de la remise | échec de remise | remise différée | rapport de non | avis de non
    mancato recapito | mancata consegna | non recapitabile | impossibile recapitare | notifica di mancato
    no se puede entregar | no se pudo entregar | no entregado | error de entrega | correo devuelto
    mensaje devuelto | não é possível entregar | não entregue | falha na entrega | falha de entrega
    mensagem devolvida | onbestelbaar | niet afgeleverd | kunne ikke leveres | kan ikke leveres
    kan inte levereras | olevererad | oanbringlig | ikke leveret | ei voitu toimittaa | niedostarczon
    nie można dostarczyć | niedoręczaln | zwrot nie | nedoručiteln | nelze doručit | nem kézbesíthető
    kézbesíthetetlen | nu se poate livra | nelivrabil | teslim edilemedi | iletilemedi | недоставлен
    не доставлен | невозможно доставить | не удается доставить | не удалось доставить | ошибка доставки
    μη παραδοτέο | לא ניתן למסור | 配信不能 | 配信できません | 配信失敗 | 配送できません | 配信エラー
    送信エラー | 送信できません | 届きませんでした | エラーメール | メールエラー | エラー通知
    退信 | 无法送达 | 無法傳遞 | 无法投递 | 未送達 | 未能送达 | 投递失败 | 배달되지 않 | 배달 실패 | 전송 실패
    전송실패 | 발송실패 | 반송
    """
)

# Words in which such a letter is told of, whatever its subject.
FAILURES = listed(
    """
    could not be delivered | couldn't be delivered | could not deliver | couldn't deliver | cannot be delivered
    can't be delivered | can not be delivered | unable to deliver | not able to deliver | wasn't able to deliver
    was not able to deliver | not be delivered | not been delivered | was not delivered | wasn't delivered
    were not delivered | not delivered to | not deliverable | undeliverable | undelivered | undeliverd
    delivery failed | failed to deliver | delivery failure | delivery error | delivery to the following
    delivery has failed | delivery status notification | did not reach | didn't reach | has been rejected
    was rejected | has been returned | was returned | is being returned | being returned | returned mail
    returned to you | returned to sender | permanent fatal errors | permanent error | fatal errors | fatal error
    transcript of session | transient non-fatal errors | failed recipient | failed address | failed permanently
    unknown user | user unknown | no such user | unknown recipient | recipient unknown | invalid recipient
    mailbox is full | mailbox full | over quota | quota exceeded | does not exist | doesn't exist
    following address | following recipient | could not send | cannot send | unable to send
    error while delivering | errors occurred | errors occured | message was not accepted | message was refused
    has been blocked | was blocked | konnte nicht zugestellt | nicht zugestellt | unzustellbar | zustellung
    nicht erreicht | n'a pas pu être | n'a pu être | impossible de remettre | échec de la remise | pas été remis
    non recapitat | impossibile recapitare | non è stato possibile | no se ha podido entregar
    no se pudo entregar | no pudo ser entregado | no ha podido ser | não pôde ser entregue
    não foi possível entregar | não foi entregue | kon niet worden | kunne ikke leveres | kunde inte levereras
    nie został | nie mogła | nie można dostarczyć | не было доставлено | не может быть доставлено | не доставлено
    не удалось доставить | не существует | できませんでした | 配信できない | 届けられません | 見つかりません
    送信できません | 無法 | 无法 | 不存在 | 退信
    被退回 | 投递失败 | 존재하지 | 실패
    """
)

# Words of a notice that a letter is late.
DELAYS = listed(
    """
    warning: could not send message for past | warning: message | has not been delivered yet
    has not yet been delivered | not yet been delivered | could not yet be delivered | not been delivered yet
    will be retried | will retry | will keep trying | will continue trying | will continue to be attempted
    will continue to try | will try again | attempts will continue | attempts to deliver the message will continue
    delivery attempts will be | do not need to resend | don't need to resend | no action is required on your part
    has been delayed | this is a warning message only | this is only a warning | is a warning only
    still being attempted | still trying | still in the queue | message delayed | delivery delayed | delayed mail
    delivery is delayed
    delivery incomplete | temporary problem delivering | verzögert | wird weiterhin versucht | remise différée
    retardé | ritardata | se ha retrasado | atrasada | vertraagd | отложен | 遅延
    """
)

# What a text says that nobody tries on, though it also says that it was late.
GIVEN_UP = listed(
    """
    giving up | given up | gave up | permanent error | permanent fail | permanent fatal | permanent delivery
    failed permanently | permanently fail | permanently reject | fatal error | returned to sender | will not be retried
    no further attempts | not be attempted | has been returned | is being returned | message was not delivered
    has been deleted | expired
    """
)
