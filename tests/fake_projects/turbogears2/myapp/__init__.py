# -*- coding: utf-8 -*-
"""The myapp package"""
