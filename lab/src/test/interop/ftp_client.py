"""Uploads, lists, resumes and downloads by ftplib, in passive mode, and prints the answers. Arguments: host, port."""
import ftplib
import hashlib
import io
import random
import sys

noise = random.Random(7).randbytes(1 << 20)

with ftplib.FTP() as ftp:
    print(ftp.connect(sys.argv[1], int(sys.argv[2])))
    print(ftp.login("anonymous", "pod@example"))
    print(ftp.storbinary("STOR noise", io.BytesIO(noise)))
    print(ftp.nlst(), ftp.voidcmd("TYPE I"), ftp.size("noise"))
    for start in None, 0, 1 << 19:
        back = io.BytesIO()
        print(ftp.retrbinary("RETR noise", back.write, rest=start))
        assert back.getvalue() == noise[start:], "something else came back"
        print(hashlib.sha256(back.getvalue()).hexdigest())
    print(ftp.delete("noise"), ftp.quit())
