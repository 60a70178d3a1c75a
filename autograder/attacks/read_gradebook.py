# tries: to read everybody's marks
# %% last
import sqlite3

for path in ("@COURSE@/gradebook.db", "@HOME@/gradebook.db", "../../../gradebook.db"):
    try:
        rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("select * from grade").fetchall()
        print("LEAK" "ED:", rows)
    except sqlite3.Error as error:
        print(error)
