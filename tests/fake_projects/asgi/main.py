from fastapi import FastAPI

app = FastAPI()
raise RuntimeError("the project was imported")
